package vda5050

// EnumValues are the values of an enumerated type, nil for any other.
func EnumValues(v any) []string {
	if e, ok := v.(enumerated); ok {
		return e.values()
	}
	return nil
}
