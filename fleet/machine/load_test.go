package machine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/maps"
)

var night = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

// sample is the sample site, with a loop and a PDU.
func sample(t testing.TB) (*maps.Site, *cause.Topology) {
	t.Helper()
	s, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	s.Loops = []maps.Loop{{ID: "loop-1"}}
	h := s.Halls[0]
	h.Cooling[0].Loop = "loop-1"
	h.PDUs = []maps.PDU{{ID: "pdu-1", Rack: "A01", Feed: "A"}}
	return s, cause.NewTopology(s, s.Viewpoints())
}

var vault = machine.Vault{
	Env: func(name string) (string, bool) {
		v, ok := map[string]string{"BMC_USER": "watch", "BMC_PASSWORD": "sesame-opens", "COMMUNITY": "hush-hush", "KEY": "long enough", "SHORT": "short", "TOKEN": "t0ken-t0ken"}[name]
		return v, ok
	},
	File: func(path string) ([]byte, error) {
		if path == "/etc/bmc" {
			return []byte("root\ncalvin calvin\n"), nil
		}
		return nil, fs.ErrNotExist
	},
}

const whole = `
redfish:
  - id: bmc-1
    device: A01-srv-03
    address: https://10.0.3.3
    login: {user_env: BMC_USER, password_env: BMC_PASSWORD}
    certificate_sha256: "AB:CD:AB:CD:AB:CD:AB:CD:AB:CD:AB:CD:AB:CD:AB:CD:AB:CD:AB:CD:AB:CD:AB:CD:AB:CD:AB:CD:AB:CD:AB:CD"
    parts: [{name: Bay 9, light: disk1}]
  - {id: bmc-2, device: A01-srv-07, address: "https://10.0.3.7/", login: {file: /etc/bmc}, basic: true, within: 4s}
snmp:
  - id: box-1
    address: 10.0.4.1:161
    version: 2c
    community_env: COMMUNITY
    points: [{oid: 1.3.6.1.4.1.9.1, rack: A01, quantity: humidity, unit: "%", scale: 0.1}]
    outlets: {pdu: pdu-1, table: apc-rpdu2, plugs: [{outlet: 5, device: A01-srv-03, port: psu1}]}
  - {id: box-2, address: "[::1]:161", version: "3", user_env: BMC_USER, auth: sha256, auth_env: KEY, privacy: aes, privacy_env: KEY,
     points: [{oid: .1.3.6.1.4.1.9.2, device: A01-srv-03, quantity: drive, part: disk2, normal: [1, 3]}]}
modbus:
  - id: cdu-1
    address: tcp://10.0.5.1:502
    unit: 3
    registers:
      - {register: 40, table: input, type: int16, supply: loop-1, quantity: pressure, unit: bar, scale: 0.01, low: 1.2}
      - {register: 50, type: float32, words: low-first, supply: crac-1, quantity: supply-air, unit: °C, high: 24}
    setpoint: {cooling: crac-1, register: 60, type: int16, scale: 0.1, min: 16, max: 27, identity: {register: 100, words: 8, text: CRAC SN 0815}}
prometheus:
  - id: prom
    address: http://prometheus:9090
    token_env: TOKEN
    queries:
      - {query: 'max(node_hwmon_temp_celsius{instance="$device"})', each: device, quantity: temperature, unit: °C, high: 85}
      - {query: 'cdu_flow', supply: loop-1, quantity: flow, unit: l/min, low: 20}
mqtt:
  - {id: bms, topics: [{topic: sample/nightrounds/v1/nightrounds-building/bms/sensor/a01/leak, rack: A01, quantity: leak, high: 0.5}]}
`

func TestAMachinesFileIsRead(t *testing.T) {
	site, _ := sample(t)
	d, err := machine.Load(fstest.MapFS{machine.FileName: {Data: []byte(whole)}}, site, vault)
	if err != nil {
		t.Fatal(err)
	}
	bmc, second := d.Redfish[0], d.Redfish[1]
	if bmc.User != "watch" || bmc.Password.Reveal() != "sesame-opens" || bmc.Serial != "CZ1056495" || len(bmc.Pin) != 64 || bmc.Parts["Bay 9"] != "disk1" || bmc.Within != 10*time.Second {
		t.Errorf("%+v", bmc)
	}
	if second.User != "root" || second.Password.Reveal() != "calvin calvin" || !second.Basic || second.Address != "https://10.0.3.7" || second.Within != 4*time.Second {
		t.Errorf("%+v", second)
	}
	if oid, ok := d.SNMP[0].OutletOID(d.SNMP[0].Outlets[0]); !ok || oid != ".1.3.6.1.4.1.318.1.1.26.9.2.3.1.5.5" || d.SNMP[0].Points[0].OID != ".1.3.6.1.4.1.9.1" {
		t.Errorf("outlet at %s", oid)
	}
	if r := d.Modbus[0].Registers[1]; !r.LowFirst || r.Type != "float32" || r.Input || !d.Modbus[0].Registers[0].Input {
		t.Errorf("%+v", d.Modbus[0].Registers)
	}
	if s := d.Modbus[0].SetPoint; s == nil || s.Cooling != "crac-1" || s.Register.Register != 60 || s.Scale != 0.1 || s.Max != 27 || s.IdentityAt != 100 || s.IdentityText != "CRAC SN 0815" {
		t.Errorf("%+v", s)
	}
	if d.SNMP[0].OffFor != 5*time.Second || !d.SNMP[0].Feeds("A01-srv-03", "psu1") || d.SNMP[0].Feeds("A01-srv-03", "psu2") {
		t.Errorf("%+v", d.SNMP[0])
	}
	queries := d.Prometheus[0].Queries
	if q := queries[0]; len(queries) < 100 || q.Device == "" || q.Query != fmt.Sprintf("max(node_hwmon_temp_celsius{instance=%q})", q.Device) {
		t.Errorf("%d queries, the first %+v", len(queries), q)
	}
	if none, err := machine.Load(fstest.MapFS{}, site, vault); err != nil || len(none.Redfish) > 0 {
		t.Errorf("a folder without machines: %+v, %v", none, err)
	}
}

func TestCredentialsDoNotShow(t *testing.T) {
	site, _ := sample(t)
	d, err := machine.Parse([]byte(whole), site, vault)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("declared", "machines", d)
	asJSON, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s %s", d, d, d, asJSON, log.String())
	for _, secret := range []string{"sesame", "calvin", "hush", "long enough", "t0ken"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q shows", secret)
		}
	}
	said := machine.Clean(errors.New("<html>\n 401 for watch:sesame-opens"+strings.Repeat("x", 5000)), d.Redfish[0].Password)
	if strings.Contains(said, "sesame") || len(said) > 310 || strings.Contains(said, "\n") {
		t.Errorf("%q", said)
	}
}

func TestBadMachinesAreRefusedWithTheirLine(t *testing.T) {
	site, _ := sample(t)
	redfish := "redfish:\n  - id: b\n    device: A01-srv-03\n    address: https://h\n    login: {user_env: BMC_USER, password_env: BMC_PASSWORD}\n"
	snmp := "snmp:\n  - id: s\n    address: h:161\n    version: 2c\n    community_env: COMMUNITY\n    points:\n      - "
	modbus := "modbus:\n  - id: m\n    address: tcp://h:502\n    registers:\n      - "
	setpoint := func(from, to string) string {
		return modbus + "{register: 7, supply: loop-1, quantity: flow, low: 1}\n" +
			strings.Replace("    setpoint: {cooling: crac-1, register: 60, min: 16, max: 27, identity: {register: 9, words: 8, text: CRAC}}\n", from, to, 1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"unknown field":      {redfish + "    colour: red\n", "machines.yaml:6: redfish[0].colour: unknown field"},
		"no such device":     {strings.Replace(redfish, "A01-srv-03", "A01-srv-99", 1), "machines.yaml:3: redfish[0].device: the site has no device"},
		"address":            {strings.Replace(redfish, "https://h", "h", 1), "machines.yaml:4: redfish[0].address: \"h\" is no address"},
		"login in it":        {strings.Replace(redfish, "https://h", "https://root:calvin@h", 1), "machines.yaml:4: redfish[0].address: holds a login"},
		"login, misspelt":    {strings.Replace(redfish, "https://h", "https://root:calvin@h:bad port", 1), "machines.yaml:4: redfish[0].address: holds a login"},
		"in the clear":       {strings.Replace(redfish, "https://h", "http://h", 1), "machines.yaml:4: redfish[0].address: the login would go over the network in the clear"},
		"variable not set":   {strings.Replace(redfish, "BMC_PASSWORD", "NOT_SET", 1), "machines.yaml:5: redfish[0].login.password_env: the environment variable NOT_SET is not set"},
		"the secret itself":  {strings.Replace(redfish, "BMC_PASSWORD", "'s3cret!'", 1), "machines.yaml:5: redfish[0].login.password_env: want the name of an environment variable"},
		"no file":            {strings.Replace(redfish, "{user_env: BMC_USER, password_env: BMC_PASSWORD}", "{file: /nowhere}", 1), "machines.yaml:5: redfish[0].login.file: cannot be read"},
		"pin":                {redfish + "    certificate_sha256: abc\n", "machines.yaml:6: redfish[0].certificate_sha256"},
		"light":              {redfish + "    parts: [{name: x, light: disk77}]\n", "has no light \"disk77\""},
		"taken id":           {redfish + strings.TrimPrefix(redfish, "redfish:\n"), "machines.yaml:6: redfish[1].id: \"b\" is taken in line 2"},
		"quantity":           {snmp + "{oid: 1.3.6.1, rack: A01, quantity: mood, high: 1}\n", "machines.yaml:7: snmp[0].points[0].quantity: \"mood\" is nothing that a rack is asked for"},
		"oid":                {snmp + "{oid: sysDescr, rack: A01, quantity: humidity}\n", "is no object identifier"},
		"no limits":          {snmp + "{oid: 1.3.6.1, device: A01-srv-03, quantity: fan}\n", "has no limits"},
		"no part":            {snmp + "{oid: 1.3.6.1, device: A01-srv-03, quantity: drive, normal: [1]}\n", ".part: is missing"},
		"two subjects":       {snmp + "{oid: 1.3.6.1, device: A01-srv-03, rack: A01, quantity: fan, low: 1}\n", "is about 2 things"},
		"community with v3":  {strings.Replace(snmp, "2c", "\"3\"", 1) + "{oid: 1.3.6.1, rack: A01, quantity: humidity}\n", "version 3 knows no community"},
		"register":           {modbus + "{register: 70000, supply: loop-1, quantity: flow, low: 1}\n", "machines.yaml:5: modbus[0].registers[0].register: 70000 is out of range"},
		"no such supply":     {modbus + "{register: 7, supply: loop-9, quantity: flow, low: 1}\n", "the site has no cooling unit, loop, feed, PDU or UPS \"loop-9\""},
		"not of this supply": {modbus + "{register: 7, supply: crac-1, quantity: flow, low: 1}\n", "flow is not what \"crac-1\" has"},
		"limits crossed":     {modbus + "{register: 7, supply: loop-1, quantity: flow, low: 3, high: 2}\n", "3 is not below high, 2"},
		"scale":              {modbus + "{register: 7, supply: loop-1, quantity: flow, low: 3, scale: 0}\n", ".scale: 0 makes every reading the same"},
		"set-point's unit":   {setpoint("cooling: crac-1", "cooling: loop-1"), "machines.yaml:6: modbus[0].setpoint.cooling: the site has no cooling unit"},
		"set-point's bounds": {setpoint("min: 16", "min: 27"), ".min: 27 is not below max, 27"},
		"set-point unbound":  {setpoint("max: 27, ", ""), ".setpoint.max: is missing"},
		"set-point unnamed":  {setpoint(", identity: {register: 9, words: 8, text: CRAC}", ""), ".setpoint.identity: is missing"},
		"name too short":     {setpoint("text: CRAC", "text: C"), ".identity.text: \"C\" is too short"},
		"name too long":      {setpoint("words: 8", "words: 80"), ".identity.words: 80 is out of range"},
		"off for long":       {strings.TrimSuffix(snmp, "    points:\n      - ") + "    outlets: {pdu: pdu-1, table: sentry4, off_for: 2h, plugs: [{outlet: 5, device: A01-srv-03, port: psu1}]}\n", ".off_for: 2h0m0s is too long"},
		"placeholder":        {"prometheus:\n  - {id: p, address: http://h, queries: [{query: 'up{a=\"$host\"}', each: device, quantity: temperature, high: 9}]}\n", "$host is not known"},
		"wildcard":           {"mqtt:\n  - {id: q, topics: [{topic: sample/a/#, rack: A01, quantity: leak, high: 0.5}]}\n", "is no topic of one sensor"},
		"another's topic":    {"mqtt:\n  - {id: q, topics: [{topic: a/b, rack: A01, quantity: leak, high: 0.5}]}\n", "the controller hears what begins with sample/"},
	} {
		_, err := machine.Parse([]byte(c.text), site, vault)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %q", name, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), "calvin") || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%s: the error shows a credential: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("redfish: [{id: a}]\nsnmp: [{}]"))
	site, _ := sample(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := machine.Parse(text, site, vault)
		if err != nil {
			return
		}
		for _, m := range d.Modbus {
			for _, r := range m.Registers {
				if r.Scale == 0 || r.Rack+r.Device+r.Supply == "" {
					t.Errorf("taken: %+v", r)
				}
			}
		}
		for _, m := range d.Redfish {
			if m.User == "" || m.Password.Reveal() == "" || m.Address == "" {
				t.Errorf("taken: %+v", m)
			}
		}
	})
}
