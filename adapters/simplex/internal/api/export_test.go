package api

// WriteJSON writes a value as a parameter of a type would be.
func WriteJSON(typ string, v any) (string, error) {
	w := writer{table: Load(), op: "test"}
	err := w.json(typ, v, typ)
	return string(w.out), err
}
