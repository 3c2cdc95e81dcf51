package patrolbench

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/nightrounds/nightrounds/maps"
)

// maxGrid bounds the cells of a map that is read.
const maxGrid = 1 << 20

// readGrid reads a map of the MovingAI benchmarks (Sturtevant, "Benchmarks for Grid-Based Pathfinding", 2012) as a route
// graph: each free cell ('.' and 'G') is a node, with an edge of 1 m to each of its four free neighbours, both ways.
func readGrid(r io.Reader) (*maps.Graph, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxGrid)
	var rows []string
	for header := true; lines.Scan(); {
		line := strings.TrimRight(lines.Text(), "\r")
		if header {
			header = line != "map"
			continue
		}
		rows = append(rows, line)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read grid: %w", err)
	}
	var nodes []maps.Node
	var edges []maps.Edge
	free := func(x, y int) bool {
		return y >= 0 && x >= 0 && y < len(rows) && x < len(rows[y]) && (rows[y][x] == '.' || rows[y][x] == 'G')
	}
	for y, row := range rows {
		if len(row) != len(rows[0]) {
			return nil, fmt.Errorf("read grid: row %d has %d cells, the first %d", y, len(row), len(rows[0]))
		}
		for x := range len(row) {
			if !free(x, y) {
				continue
			}
			at := cell(x, y)
			nodes = append(nodes, maps.Node{ID: at, X: float64(x), Y: float64(y)})
			for _, d := range [][2]int{{0, -1}, {-1, 0}, {1, 0}, {0, 1}} {
				if free(x+d[0], y+d[1]) {
					to := cell(x+d[0], y+d[1])
					edges = append(edges, maps.Edge{ID: at + "-" + to, Start: at, End: to, LengthM: 1})
				}
			}
		}
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("read grid: no free cell after the line \"map\" in %d rows", len(rows))
	}
	return maps.NewGraph(nodes, edges, nil)
}

// cell is the node of a cell.
func cell(x, y int) string { return fmt.Sprintf("%04d.%04d", x, y) }

// A trip is one robot of a scenario.
type trip struct {
	from, to string
	least    float64 // steps of the shortest way, whoever else is there
}

// readTrips reads the trips of a scenario file.
func readTrips(r io.Reader) ([]trip, error) {
	lines := bufio.NewScanner(r)
	var trips []trip
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || fields[0] == "version" {
			continue
		}
		if len(fields) != 9 {
			return nil, fmt.Errorf("read scenario: line %d has %d columns, want 9", n, len(fields))
		}
		var at [4]int
		for i := range at {
			v, err := strconv.Atoi(fields[4+i])
			if err != nil || v < 0 || v >= maxGrid {
				return nil, fmt.Errorf("read scenario: line %d: %q is no cell", n, fields[4+i])
			}
			at[i] = v
		}
		least, err := strconv.ParseFloat(fields[8], 64)
		if err != nil {
			return nil, fmt.Errorf("read scenario: line %d: %q is no length", n, fields[8])
		}
		trips = append(trips, trip{cell(at[0], at[1]), cell(at[2], at[3]), least})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	return trips, nil
}

// A tiny is an instance whose truth is known.
type tiny struct {
	grid, scenario string
	robots         int
	solvable       bool
}

// readTruth reads tiny-truth.csv: map, robots, scenario file, "solvable" or "unsolvable", and more.
func readTruth(r io.Reader) ([]tiny, error) {
	c := csv.NewReader(r)
	rows, err := c.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read truth: %w", err)
	}
	var all []tiny
	for i, row := range rows {
		if i == 0 {
			continue
		}
		if len(row) < 4 {
			return nil, fmt.Errorf("read truth: row %d has %d columns, want at least 4", i+1, len(row))
		}
		n, err := strconv.Atoi(row[1])
		if err != nil || n < 1 {
			return nil, fmt.Errorf("read truth: row %d: %q is no number of robots", i+1, row[1])
		}
		all = append(all, tiny{row[0], row[2], n, row[3] == "solvable"})
	}
	return all, nil
}
