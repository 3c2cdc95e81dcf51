package vda5050

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// MaxSize is the largest message that Unmarshal takes, in bytes: the largest payload of the site's broker.
const MaxSize = 8 << 20

// ErrTooLarge is what Unmarshal says of a message above MaxSize.
var ErrTooLarge = errors.New("message is larger than 8 MiB")

// A FieldError names the field that a message fails on.
type FieldError struct {
	Path string // as nodes[2].nodePosition.x; empty for the message itself
	Msg  string
}

// Error is path and message.
func (e *FieldError) Error() string {
	if e.Path == "" {
		return e.Msg
	}
	return e.Path + ": " + e.Msg
}

// A structured message has rules that no single field shows. It is checked in both directions.
type structured interface{ check() error }

// Marshal encodes a message, or says which field is missing, out of range or in contradiction to another. Required
// arrays that are nil are sent as []. It does not change m.
func Marshal(m Message) ([]byte, error) {
	if m == nil || reflect.ValueOf(m).IsNil() {
		return nil, errors.New("encode: no message")
	}
	b, err := json.Marshal(filled(reflect.ValueOf(m).Elem()).Interface())
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", m.Kind(), err)
	}
	if len(b) > MaxSize {
		return nil, fmt.Errorf("encode %s: %w", m.Kind(), ErrTooLarge)
	}
	tree, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", m.Kind(), err)
	}
	if err := checkMessage(m, tree); err != nil {
		return nil, fmt.Errorf("encode %s: %w", m.Kind(), err)
	}
	if ia, ok := m.(*InstantActions); ok {
		if err := ia.checkSent(); err != nil {
			return nil, fmt.Errorf("encode %s: %w", m.Kind(), err)
		}
	}
	return b, nil
}

// Unmarshal decodes a message into m. An error wraps a [*FieldError] where a field is to blame, and m is then
// untouched. Unknown fields and null for an absent optional field are let pass.
func Unmarshal(data []byte, m Message) error {
	if m == nil || reflect.ValueOf(m).IsNil() {
		return errors.New("decode: no message to decode into")
	}
	if len(data) > MaxSize {
		return fmt.Errorf("decode %s: %w", m.Kind(), ErrTooLarge)
	}
	tree, err := parse(data)
	if err != nil {
		return fmt.Errorf("decode %s: %w", m.Kind(), err)
	}
	if err := check(tree, reflect.TypeOf(m).Elem(), rule{}); err != nil {
		return fmt.Errorf("decode %s: %w", m.Kind(), err)
	}
	fresh := reflect.New(reflect.TypeOf(m).Elem())
	if err := json.Unmarshal(data, fresh.Interface()); err != nil {
		return fmt.Errorf("decode %s: %w", m.Kind(), err)
	}
	if s, ok := fresh.Interface().(structured); ok {
		if err := s.check(); err != nil {
			return fmt.Errorf("decode %s: %w", m.Kind(), err)
		}
	}
	reflect.ValueOf(m).Elem().Set(fresh.Elem())
	return nil
}

func checkMessage(m Message, tree any) error {
	if err := check(tree, reflect.TypeOf(m).Elem(), rule{}); err != nil {
		return err
	}
	if s, ok := m.(structured); ok {
		return s.check()
	}
	return nil
}

// parse reads one JSON value and nothing after it; numbers stay as they are written.
func parse(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not JSON: more than one value")
	}
	return tree, nil
}

// filled is a copy of v in which nil slices that JSON would write as null are empty.
func filled(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Time]() {
			return v
		}
		c := reflect.New(v.Type()).Elem()
		c.Set(v)
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if v.Field(i).Kind() == reflect.Slice && v.Field(i).IsNil() && !fieldOf(f).required {
				continue
			}
			c.Field(i).Set(filled(v.Field(i)))
		}
		return c
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		c := reflect.New(v.Type().Elem())
		c.Elem().Set(filled(v.Elem()))
		return c
	case reflect.Slice:
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			c.Index(i).Set(filled(v.Index(i)))
		}
		return c
	default:
		return v
	}
}
