// Package wiretest holds whatever crosses the broker against its schema, for tests of robot, controller and both
// together: VDA 5050's official schemas for the standard's messages, ours for our own.
package wiretest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// A Validator checks messages by their topic.
type Validator struct {
	schemas map[string]*jsonschema.Schema // by kind; our own begin with "nightrounds/"
}

// VDASchemas finds the official schemas of VDA 5050 3.0: in $NIGHTROUNDS_DATA, or in ../shared/data beside the
// repository. It skips the test when they are not there.
func VDASchemas(t testing.TB) string {
	t.Helper()
	roots := []string{os.Getenv("NIGHTROUNDS_DATA")}
	if wd, err := os.Getwd(); err == nil {
		for dir := wd; ; dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				roots = append(roots, filepath.Join(dir, "..", "shared", "data"))
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	for _, root := range roots {
		dir := filepath.Join(root, "vda5050", "3.0")
		if _, err := os.Stat(filepath.Join(dir, "state.schema")); root != "" && err == nil {
			return dir
		}
	}
	t.Skip("the official VDA 5050 schemas are not here: set NIGHTROUNDS_DATA to the data folder")
	return ""
}

// New compiles all schemas; vdaSchemaDir holds order.schema, state.schema and so on (see VDASchemas).
func New(t testing.TB, vdaSchemaDir string) *Validator {
	t.Helper()
	v := &Validator{schemas: map[string]*jsonschema.Schema{}}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for _, kind := range []string{vda5050.KindOrder, vda5050.KindInstantActions, vda5050.KindState, vda5050.KindVisualization,
		vda5050.KindConnection, vda5050.KindFactsheet, vda5050.KindZoneSet, vda5050.KindResponses} {
		data, err := os.ReadFile(filepath.Join(vdaSchemaDir, kind+".schema"))
		if err != nil {
			t.Fatalf("VDA 5050 schema: %v", err)
		}
		v.schemas[kind] = compile(t, c, "https://vda5050.example/"+kind+".schema", data)
	}
	own := []string{"evidence", "receipt", "observation"} // observation refers to evidence
	for _, kind := range own {
		data, err := wire.Schemas().ReadFile("schema/" + kind + ".schema.json")
		if err != nil {
			t.Fatalf("own schema: %v", err)
		}
		v.schemas["nightrounds/"+kind] = compile(t, c, "https://github.com/nightrounds/nightrounds/fleet/wire/schema/"+kind+".schema.json", data)
	}
	return v
}

func compile(t testing.TB, c *jsonschema.Compiler, url string, data []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("schema %s: %v", url, err)
	}
	if err := c.AddResource(url, doc); err != nil {
		t.Fatalf("schema %s: %v", url, err)
	}
	s, err := c.Compile(url)
	if err != nil {
		t.Fatalf("schema %s: %v", url, err)
	}
	return s
}

// Check says why a payload may not stand on its topic: the schema of its kind, the identity in topic and payload, and
// for evidence its name.
func (v *Validator) Check(topic string, payload []byte) error {
	_, robot, kind, vda, err := wire.ParseTopic(topic)
	if err != nil {
		return err
	}
	if err := robot.Check(); err != nil {
		return fmt.Errorf("%s: %w", topic, err)
	}
	if len(payload) > wire.MaxPayload {
		return fmt.Errorf("%s: %d bytes, the broker takes %d", topic, len(payload), wire.MaxPayload)
	}
	if name, ok := strings.CutPrefix(kind, wire.EvidencePrefix); ok && !vda {
		return wire.CheckEvidence(name, payload)
	}
	key := kind
	if !vda {
		key = "nightrounds/" + kind
	}
	s := v.schemas[key]
	if s == nil || key == "nightrounds/evidence" {
		return fmt.Errorf("%s: no message of kind %q belongs there", topic, kind)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(payload))
	if err != nil {
		return fmt.Errorf("%s: %w", topic, err)
	}
	if err := s.Validate(doc); err != nil {
		return fmt.Errorf("%s: %w", topic, err)
	}
	if !vda && kind != wire.KindObservation {
		return nil
	}
	return sameRobot(topic, robot, doc)
}

func sameRobot(topic string, robot wire.RobotID, doc any) error {
	m, ok := doc.(map[string]any)
	if !ok {
		return errors.New(topic + ": not an object")
	}
	if m["manufacturer"] != robot.Manufacturer || m["serialNumber"] != robot.SerialNumber {
		return fmt.Errorf("%s: the payload is of %v/%v", topic, m["manufacturer"], m["serialNumber"])
	}
	return nil
}

// Must fails the test when Check finds something.
func (v *Validator) Must(t testing.TB, topic string, payload []byte) {
	t.Helper()
	if err := v.Check(topic, payload); err != nil {
		t.Errorf("on the wire: %v\npayload: %.2000s", err, payload)
	}
}
