package maps

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"time"
)

// The types below are a hall's portals as site.yaml has them.

type portalFile struct {
	ID       string        `yaml:"id" must:"true"`
	Kind     string        `yaml:"kind" must:"true"`
	Room     string        `yaml:"room"`
	Edges    [][]string    `yaml:"edges" must:"true"`
	OpensIn  time.Duration `yaml:"opens_in" must:"true"`
	Patience time.Duration `yaml:"patience"`
	HTTP     *httpFile     `yaml:"http"`
	MQTT     *mqttFile     `yaml:"mqtt"`
	Modbus   *modbusFile   `yaml:"modbus"`
}

type httpFile struct {
	Command  string      `yaml:"command" must:"true"`
	State    string      `yaml:"state"`
	Field    string      `yaml:"field"`
	Values   []valueFile `yaml:"values"`
	TokenEnv string      `yaml:"token_env"`
}

type mqttFile struct {
	Field  string      `yaml:"field"`
	Values []valueFile `yaml:"values"`
}

type valueFile struct {
	Says  string `yaml:"says" must:"true"`
	Means string `yaml:"means" must:"true"`
}

type modbusFile struct {
	Address string `yaml:"address" must:"true"`
	Unit    int    `yaml:"unit"`
	Coil    int    `yaml:"coil" must:"true"`
	IsOpen  int    `yaml:"is_open" must:"true"`
	IsShut  *int   `yaml:"is_shut"`
	IsFault *int   `yaml:"is_fault"`
}

// Bounds of a portal's times. A robot that waits longer than an hour before a door waits for a person.
const (
	longestOpening  = 10 * time.Minute
	longestPatience = time.Hour
	leastPatience   = time.Minute // when it is not said, and three times as long as it takes is less
)

// portalsOf reads the portals of a hall, once its graph is known.
func (l *loader) portalsOf(f *hallFile, h *Hall) {
	taken := map[[2]string]string{}
	for i := range f.Portals {
		p := &f.Portals[i]
		at := l.at(p)
		l.id(at.field("id"), p.ID, l.portals)
		if !slices.Contains([]PortalKind{PortalDoor, PortalLift, PortalAirlock}, PortalKind(p.Kind)) && p.Kind != "" {
			at.field("kind").fail("%q is no kind of portal: want door, lift or airlock", clip(p.Kind))
		}
		out := Portal{ID: p.ID, Kind: PortalKind(p.Kind), Room: p.Room, OpensIn: p.OpensIn, Patience: p.Patience}
		switch {
		case p.Room != "" && !out.Alone():
			at.field("room").fail("a door is no part of a room: leave it out, or make it an airlock or a lift")
		case p.Room != "":
			l.id(at.field("room"), p.Room, nil)
		case out.Alone():
			out.Room = p.ID
		}
		l.portalTimes(p, &out)
		l.portalEdges(p, h, &out, taken)
		l.portalDriver(p, &out)
		h.Portals = append(h.Portals, out)
	}
	l.rooms(f, h)
}

func (l *loader) portalTimes(f *portalFile, p *Portal) {
	at := l.at(f)
	if f.OpensIn < 0 || f.OpensIn > longestOpening {
		at.field("opens_in").fail("%s is out of range: want 0s to %s", f.OpensIn, longestOpening)
	}
	switch {
	case f.Patience == 0:
		p.Patience = max(leastPatience, 3*f.OpensIn)
	case f.Patience <= f.OpensIn || f.Patience > longestPatience:
		at.field("patience").fail("%s is out of range: want more than opens_in, %s, and at most %s", f.Patience, f.OpensIn, longestPatience)
	}
}

// portalEdges checks where a portal stands. With a graph that is still to be made nothing is known of it.
func (l *loader) portalEdges(f *portalFile, h *Hall, p *Portal, taken map[[2]string]string) {
	at := l.at(f).field("edges")
	if f.Edges != nil && len(f.Edges) == 0 {
		at.fail("names no edge: list the nodes at both ends of each, as [[n1, n2]]")
	}
	for i, ends := range f.Edges {
		if len(ends) != 2 {
			at.item(i).fail("%d nodes are no edge: want the two at its ends", len(ends))
			continue
		}
		e := [2]string{min(ends[0], ends[1]), max(ends[0], ends[1])}
		if other, ok := taken[e]; ok {
			at.item(i).fail("the edge between %q and %q is portal %q's already: one portal stands on it", clip(ends[0]), clip(ends[1]), other)
			continue
		}
		taken[e] = p.ID
		if l.anyGraph || h.Graph == nil || l.leads(at.item(i), h.Graph, ends) {
			p.Edges = append(p.Edges, [2]string{ends[0], ends[1]})
		}
	}
}

// leads says whether the graph has an edge between two nodes, whichever way, and tells what it lacks.
func (l *loader) leads(at place, g *Graph, ends []string) bool {
	for i, id := range ends {
		if _, ok := g.Node(id); !ok {
			at.item(i).fail("node %q does not exist in the route graph: correct the id", clip(id))
			return false
		}
	}
	_, there := g.Edge(ends[0], ends[1])
	_, back := g.Edge(ends[1], ends[0])
	if !there && !back {
		at.fail("no edge between %q and %q in the route graph: name the nodes at the two ends of one", ends[0], ends[1])
	}
	return there || back
}

// rooms finds the node inside each airlock and car. All its edges meet there: so what keeps two robots off one node keeps two
// out of it.
func (l *loader) rooms(f *hallFile, h *Hall) {
	if l.anyGraph || h.Graph == nil {
		return
	}
	done := map[string]bool{}
	for i := range h.Portals {
		first := h.Portals[i]
		if !first.Alone() || done[first.Room] {
			continue
		}
		done[first.Room] = true
		at := l.at(&f.Portals[i])
		var edges [][2]string
		for _, p := range h.Portals {
			if p.Room == first.Room {
				edges = append(edges, p.Edges...)
			}
			if p.Room == first.Room && p.Kind != first.Kind {
				at.field("kind").fail("portals of room %q are of two kinds: %s and %s", first.Room, first.Kind, p.Kind)
			}
		}
		if len(edges) < 2 {
			continue
		}
		inside, ok := meeting(edges)
		if !ok {
			at.field("edges").fail("the edges of %s %q do not meet at one node: the node inside it must be an end of each", first.Kind, first.Room)
			continue
		}
		if slices.ContainsFunc(h.Graph.Docks(), func(d Dock) bool { return d.Node == inside }) {
			at.field("edges").fail("node %q inside %s %q is a dock: a robot that charges there would keep the others out", inside, first.Kind, first.Room)
		}
		for k := range h.Portals {
			if h.Portals[k].Room == first.Room {
				h.Portals[k].Inside = inside
			}
		}
	}
}

// roomsKeptFree tells racks that would be looked at from inside an airlock or a lift: no robot has business there.
func (l *loader) roomsKeptFree(f *siteFile) {
	inside := map[[2]string]place{}
	for i, h := range l.site.Halls {
		for k, p := range h.Portals {
			if p.Inside != "" {
				inside[[2]string{h.ID, p.Inside}] = l.at(&f.Halls[i].Portals[k]).field("edges")
			}
		}
	}
	for _, v := range l.site.Viewpoints() {
		if at, ok := inside[[2]string{v.Hall, v.Node}]; ok {
			at.fail("the %s of rack %q is looked at from node %q, which is inside: give that face another node", v.Face, v.Rack, v.Node)
		}
	}
}

// meeting is the node that is an end of every edge.
func meeting(edges [][2]string) (node string, ok bool) {
	for _, n := range edges[0] {
		if !slices.ContainsFunc(edges, func(e [2]string) bool { return e[0] != n && e[1] != n }) {
			return n, true
		}
	}
	return "", false
}

func (l *loader) portalDriver(f *portalFile, p *Portal) {
	at := l.at(f)
	drivers := 0
	for _, has := range []bool{f.HTTP != nil, f.MQTT != nil, f.Modbus != nil} {
		if has {
			drivers++
		}
	}
	if drivers != 1 {
		at.fail("has %d controls: say one of http, mqtt or modbus, so that somebody opens it", drivers)
		return
	}
	switch {
	case f.HTTP != nil:
		hat := l.at(f.HTTP)
		webAddress(hat.field("command"), f.HTTP.Command)
		webAddress(hat.field("state"), f.HTTP.State)
		if f.HTTP.TokenEnv != "" && !variable.MatchString(f.HTTP.TokenEnv) {
			hat.field("token_env").fail("%q is no name of an environment variable: name the one that holds the token, not the token", clip(f.HTTP.TokenEnv))
		}
		p.HTTP = &PortalHTTP{
			Command: f.HTTP.Command, State: f.HTTP.State, TokenEnv: f.HTTP.TokenEnv, PortalAnswer: l.answer(f.HTTP.Field, f.HTTP.Values),
		}
		if p.HTTP.State == "" {
			p.HTTP.State = p.HTTP.Command
		}
	case f.MQTT != nil:
		p.MQTT = &PortalMQTT{l.answer(f.MQTT.Field, f.MQTT.Values)}
	default:
		p.Modbus = l.modbus(f.Modbus)
	}
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

// webAddress checks an address of a web service. It may hold no password: robots are sent the site's files.
func webAddress(at place, text string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		at.fail("%q is no web address: want http://host/path or https://", clip(text))
	case u.User != nil:
		at.fail("holds a login, and every robot is sent this file: put a token into the controller's environment and name it in token_env")
	}
}

func (l *loader) answer(field string, values []valueFile) PortalAnswer {
	out := PortalAnswer{Field: field, Values: map[string]string{}}
	for i := range values {
		v := &values[i]
		if v.Means != "" && !slices.Contains([]string{"open", "closed", "moving", "fault"}, v.Means) {
			l.at(v).field("means").fail("%q is nothing that a portal can be: want open, closed, moving or fault", clip(v.Means))
		}
		out.Values[v.Says] = v.Means
	}
	return out
}

func (l *loader) modbus(f *modbusFile) *PortalModbus {
	at := l.at(f)
	if u, err := url.Parse(f.Address); f.Address != "" {
		host, port, hostErr := "", "", error(nil)
		if err == nil {
			host, port, hostErr = net.SplitHostPort(u.Host)
		}
		if err != nil || hostErr != nil || u.Scheme != "tcp" || host == "" || port == "" || u.User != nil || u.Path != "" {
			at.field("address").fail("%q is no address of a Modbus TCP control: want tcp://host:502", clip(f.Address))
		}
	}
	between(at.field("unit"), float64(f.Unit), 0, 247, "")
	number := func(name string, v *int) *uint16 {
		if v == nil {
			return nil
		}
		between(at.field(name), float64(*v), 0, 65535, "")
		n := uint16(min(max(*v, 0), 65535))
		return &n
	}
	return &PortalModbus{
		Address: f.Address, Unit: uint8(min(max(f.Unit, 0), 247)),
		Coil: *number("coil", &f.Coil), IsOpen: *number("is_open", &f.IsOpen), IsShut: number("is_shut", f.IsShut), IsFault: number("is_fault", f.IsFault),
	}
}
