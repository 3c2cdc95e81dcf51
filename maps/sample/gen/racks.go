package main

import (
	"fmt"
	"strings"
)

// deviceTypes are the sample's, by slug.
func deviceTypes() []deviceType {
	hpePanel := front(led{"health", "front", 464, 34, hpeHealth}, led{"power", "front", 464, 14, hpePower}, led{"uid", "front", 444, 34, hpeUID})
	return []deviceType{
		{maker: "HPE", model: "ProLiant DL360 Gen11", slug: "hpe-proliant-dl360-gen11", prefix: "CZ", role: "srv", units: 1, airflow: "front-to-rear",
			emissivity: 0.93, surfaceMaxC: 55, riseK: 14, leds: join(hpePanel, grid("disk", 8, 1, 40, 10, 48, 0, hpeDisk), rearLights(handlePSU, hpeUID))},
		{maker: "HPE", model: "ProLiant DL380 Gen11", slug: "hpe-proliant-dl380-gen11", prefix: "CZ", role: "srv", units: 2, airflow: "front-to-rear",
			emissivity: 0.93, surfaceMaxC: 55, riseK: 13, leds: join(hpePanel, grid("disk", 4, 3, 40, 14, 105, 29, hpeDisk), rearLights(handlePSU, hpeUID))},
		{maker: "Lenovo", model: "ThinkSystem SR630 V3", slug: "lenovo-thinksystem-sr630-v3", prefix: "J3", role: "srv", units: 1, airflow: "front-to-rear",
			emissivity: 0.92, surfaceMaxC: 55, riseK: 15, leds: join(
				front(led{"power", "front", 464, 34, lenovoPower}, led{"error", "front", 464, 14, lenovoError}, led{"net", "front", 444, 34, lenovoNet}),
				grid("disk", 8, 1, 40, 10, 48, 0, lenovoDisk), rearLights(handlePSU, hpeUID))},
		{maker: "Supermicro", model: "SYS-621P-TR", slug: "supermicro-sys-621p-tr", prefix: "S4", role: "srv", units: 2, airflow: "front-to-rear",
			emissivity: 0.9, surfaceMaxC: 56, riseK: 15, leds: join(
				front(led{"power", "front", 466, 70, smPower}, led{"info", "front", 466, 50, smInfo}, led{"power-fail", "front", 466, 30, smFail}),
				grid("disk", 4, 3, 40, 14, 105, 29, smActivity), rearLights(handlePSU, hpeUID))},
		{maker: "Dell", model: "PowerVault ME5012", slug: "dell-powervault-me5012", prefix: "DP", role: "sto", units: 2, airflow: "front-to-rear",
			emissivity: 0.91, surfaceMaxC: 50, riseK: 9, leds: join(
				front(led{"power", "front", 14, 70, mePower}, led{"health", "front", 14, 50, meHealth}),
				grid("disk", 4, 3, 60, 14, 105, 29, meDisk),
				front(led{"psu1", "rear", 60, 44, mePSU}, led{"psu2", "rear", 420, 44, mePSU}))},
		{maker: "Arista", model: "DCS-7050SX3-48YC8", slug: "arista-dcs-7050sx3-48yc8", prefix: "JPE", role: "sw", units: 1, airflow: "front-to-rear",
			emissivity: 0.9, surfaceMaxC: 58, riseK: 16, leds: join(
				front(led{"system", "front", 466, 34, aristaSystem}, led{"fan", "front", 466, 14, aristaFan}),
				grid("port", 12, 1, 30, 22, 34, 0, aristaPort),
				front(led{"psu1", "rear", 60, 24, aristaPSU}, led{"psu2", "rear", 420, 24, aristaPSU}))},
		{maker: "Juniper", model: "QFX5120-48Y", slug: "juniper-qfx5120-48y", prefix: "XH", role: "rt", units: 1, airflow: "front-to-rear",
			emissivity: 0.9, surfaceMaxC: 58, riseK: 16, leds: join(
				front(led{"sys", "front", 466, 34, juniperSys}, led{"alarm", "front", 466, 14, juniperAlarm}),
				front(led{"psu1", "rear", 60, 24, handlePSU}, led{"psu2", "rear", 420, 24, handlePSU}))},
		{maker: "NVIDIA", model: "SN2201", slug: "nvidia-sn2201", prefix: "MT", role: "mgmt", units: 1, airflow: "front-to-rear",
			emissivity: 0.9, surfaceMaxC: 52, riseK: 9, leds: join(
				front(led{"system", "front", 20, 34, nvidiaSystem}, led{"fan", "front", 20, 14, nvidiaFan}),
				front(led{"psu1", "rear", 60, 24, handlePSU}, led{"psu2", "rear", 420, 24, handlePSU}))},
		{maker: "APC", model: "Smart-UPS 3000 RM", slug: "apc-smart-ups-3000-rm", prefix: "AS", role: "ups", units: 2, airflow: "front-to-rear",
			emissivity: 0.94, surfaceMaxC: 48, riseK: 6, leds: front(led{"online", "front", 230, 60, upsOnline}, led{"battery", "front", 260, 60, upsBattery})},
		{maker: "Raritan", model: "PX3-5190R", slug: "raritan-px3-5190r", prefix: "QR", role: "pdu", units: 1, shallow: true, airflow: "passive",
			emissivity: 0.94, surfaceMaxC: 50, riseK: 3, leds: grid("outlet", 8, 1, 60, 34, 50, 0, outlet)},
		{maker: "ATEN", model: "CL3100 KVM drawer", slug: "aten-cl3100", prefix: "Z3", role: "kvm", units: 1, shallow: true, airflow: "passive",
			emissivity: 0.94, surfaceMaxC: 45, riseK: 2, leds: front(led{"power", "front", 450, 22, plainPower})},
		{maker: "Panduit", model: "24-port patch panel", slug: "panduit-patch-24", prefix: "PP", role: "pp", units: 1, shallow: true, airflow: "passive",
			emissivity: 0.92, surfaceMaxC: 42},
		{maker: "Generic", model: "Blanking panel 1U", slug: "blank-1u", prefix: "BL", role: "blank", units: 1, shallow: true, airflow: "passive",
			emissivity: 0.94, surfaceMaxC: 45},
	}
}

// A slot is a device of a rack's plan, at its lowest unit.
type slot struct {
	unit int
	slug string
	rear bool // mounted on the rear
}

// Plans of racks: what stands where.
const (
	dl360, dl380, sr630, sm = "hpe-proliant-dl360-gen11", "hpe-proliant-dl380-gen11", "lenovo-thinksystem-sr630-v3", "supermicro-sys-621p-tr"
	me5, arista, qfx, sn    = "dell-powervault-me5012", "arista-dcs-7050sx3-48yc8", "juniper-qfx5120-48y", "nvidia-sn2201"
	ups, pdu, kvm, patch    = "apc-smart-ups-3000-rm", "raritan-px3-5190r", "aten-cl3100", "panduit-patch-24"
	blank                   = "blank-1u"
)

func networkRack() []slot {
	return []slot{
		{1, ups, false}, {4, ups, false}, {10, kvm, false}, {12, dl360, false}, {16, sn, false}, {20, qfx, false}, {22, qfx, false},
		{25, arista, false}, {27, arista, false}, {29, arista, false}, {33, patch, false}, {35, patch, false}, {41, blank, false}, {41, pdu, true},
	}
}

func storageRack() []slot {
	return []slot{
		{2, me5, false}, {5, me5, false}, {8, me5, false}, {11, me5, false}, {14, me5, false}, {17, me5, false},
		{22, dl380, false}, {26, dl380, false}, {39, sn, false}, {40, patch, false}, {41, arista, false}, {42, blank, false}, {42, pdu, true},
	}
}

// computeRack holds eight servers of two types, three units apart.
func computeRack(a, b string) []slot {
	plan := make([]slot, 0, 13)
	for i := range 8 {
		slug := a
		if i%2 == 1 {
			slug = b
		}
		plan = append(plan, slot{3 + 4*i, slug, false})
	}
	return append(plan, slot{38, sn, false}, slot{39, patch, false}, slot{40, arista, false}, slot{41, blank, false}, slot{42, pdu, true})
}

func plan(column int) []slot {
	switch column {
	case 5:
		return networkRack()
	case 3, 9:
		return storageRack()
	case 0, 6:
		return computeRack(dl360, dl380)
	case 1, 7:
		return computeRack(sr630, dl380)
	case 2, 8:
		return computeRack(sm, sr630)
	case 4, 10:
		return computeRack(dl380, sm)
	}
	return computeRack(dl360, sr630)
}

const siteHead = `# The sample site. Written by maps/sample/gen: change it there and run go generate ./maps.
id: sample
name: Sample data centre
time_zone: Europe/Berlin
optics: {vertical_fov_deg: 55, mast_min_m: 0.4, mast_max_m: 1.8, near_m: 0.6, far_m: 1.6}
patrol: {revisit_interval: 30m}

rack_types:
  - id: rack-42u
    u_height: 42
    width_m: 0.6
    depth_m: 1.1
    base_m: 0.1
    tag_size_m: 0.045
    # On the posts beside the 19-inch panels; each of the two mast heights sees four.
    tag_places: [{x: 0.0294, y: 0.2}, {x: 0.5706, y: 0.2}, {x: 0.0294, y: 1.0335}, {x: 0.5706, y: 1.0335}, {x: 0.0294, y: 1.867}, {x: 0.5706, y: 1.867}]

`

func (h hall) site() []byte {
	var b strings.Builder
	b.WriteString(siteHead)
	b.WriteString("device_types:\n")
	types := map[string]deviceType{}
	for _, t := range deviceTypes() {
		types[t.slug] = t
		t.yaml(&b)
	}
	fmt.Fprintf(&b, "\nhalls:\n  - id: %s\n    floor: floor.yaml\n    graph: graph.lif.json\n    vehicle_type: %s\n    aisles:\n", mapID, vehicleType)
	for i := range len(rowIDs) + 1 {
		nodes := make([]string, columns)
		for c := range columns {
			nodes[c] = nodeID(i, c)
		}
		fmt.Fprintf(&b, "      - {id: aisle-%d, nodes: [%s]}\n", i, strings.Join(nodes, ", "))
	}
	b.WriteString("    feeds: [{id: A}, {id: B}]\n    cooling: [{id: crac-1, rows: [A, B]}, {id: crac-2, rows: [C, D]}]\n    rows:\n")
	serial := 0
	for i, row := range rowIDs {
		fmt.Fprintf(&b, "      - id: %s\n        racks:\n", row)
		for c := range columns {
			rackYAML(&b, i, c)
			for _, s := range plan(c) {
				serial++
				deviceYAML(&b, fmt.Sprintf("%s%02d", row, c+1), s, types[s.slug], serial)
			}
		}
	}
	return []byte(b.String())
}

// rackYAML writes a rack. Aisles 1 and 3 are cold: the fronts of A and B, and of C and D, face each other there.
func rackYAML(b *strings.Builder, row, column int) {
	theta := 90
	if row%2 == 1 {
		theta = -90
	}
	first := 12 * (row*columns + column)
	ids := func(from int) string {
		return strings.ReplaceAll(strings.Trim(fmt.Sprint([]int{from, from + 1, from + 2, from + 3, from + 4, from + 5}), "[]"), " ", ", ")
	}
	fmt.Fprintf(b, "          - id: %s%02d\n            type: rack-42u\n            x: %g\n            y: %g\n            theta_deg: %d\n            ashrae_class: A2\n",
		rowIDs[row], column+1, round(columnX(column)), round(rowY(row)), theta)
	fmt.Fprintf(b, "            feeds: [A, B]\n            cooled_by: [crac-%d]\n            front_tags: [%s]\n            rear_tags: [%s]\n            devices:\n",
		row/2+1, ids(first), ids(first+6))
}

func deviceYAML(b *strings.Builder, rack string, s slot, t deviceType, n int) {
	face, feeds := "front", "[A, B]"
	if s.rear {
		face = "rear"
	}
	if t.airflow == "passive" && t.role != "pdu" && t.role != "kvm" {
		feeds = "[]"
	} else if len(t.leds) > 0 && t.role != "srv" && t.role != "sto" && t.units == 2 || t.role == "pdu" {
		feeds = []string{"[A]", "[B]"}[n%2]
	}
	fmt.Fprintf(b, "              - {id: %s-%s-%02d, device_type: %s, position: %d, face: %s, serial: %s%07d, asset_tag: NR-%05d, feeds: %s}\n",
		rack, t.role, s.unit, t.slug, s.unit, face, t.prefix, 1048576+n*7919%900000, 10000+n, feeds)
}
