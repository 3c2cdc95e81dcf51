package joint_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/traffic/joint"
)

// instances is the folder of published path-finding instances.
func instances(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(os.Getenv("NIGHTROUNDS_DATA"), "sched", "mapf")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the instances are not here: %v (set NIGHTROUNDS_DATA)", err)
	}
	return dir
}

// A grid is a MovingAI map: every free cell a node, edges of 1000 ms to its four neighbours.
type grid struct {
	width int
	node  []int32 // by cell
	graph *joint.Graph
}

func readGrid(t testing.TB, file string) grid {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimRight(string(b), "\n"), "\n")[4:]
	g := grid{width: len(rows[0])}
	n := int32(0)
	for _, row := range rows {
		for _, c := range row {
			if c == '.' {
				g.node = append(g.node, n)
				n++
			} else {
				g.node = append(g.node, -1)
			}
		}
	}
	out, cost := make([][]int32, n), make([][]int32, n)
	for cell, v := range g.node {
		if v < 0 {
			continue
		}
		for _, d := range []int{-g.width, -1, 1, g.width} {
			if to := cell + d; to >= 0 && to < len(g.node) && g.node[to] >= 0 && (d*d != 1 || to/g.width == cell/g.width) {
				out[v], cost[v] = append(out[v], g.node[to]), append(cost[v], 1000)
			}
		}
	}
	g.graph = joint.NewGraph(out, cost)
	return g
}

// readScenario takes the first n robots of a scenario, and the sum of their shortest ways.
func (g grid) readScenario(t testing.TB, file string, n int) (p joint.Problem, bound int) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p = joint.Problem{Graph: g.graph, Seed: 1}
	lines := bufio.NewScanner(f)
	lines.Scan()
	for len(p.Robots) < n && lines.Scan() {
		var bucket, w, h, x1, y1, x2, y2, least int
		var name string
		if _, err := fmt.Sscan(lines.Text(), &bucket, &name, &w, &h, &x1, &y1, &x2, &y2, &least); err != nil {
			t.Fatal(err)
		}
		p.Robots = append(p.Robots, joint.Robot{Start: g.node[y1*g.width+x1], Goal: g.node[y2*g.width+x2]})
		bound += least
	}
	return p, bound
}
