package simplextest

// A refusal is the chatError of an answer.
type refusal m

func (r refusal) Error() string {
	for _, key := range []string{"errorType", "storeError", "agentError"} {
		if e, ok := r[key].(m); ok {
			tag, _ := e["type"].(string)
			return tag
		}
	}
	return "refused"
}

// failure is an error of the program.
func failure(tag string, fields m) refusal {
	return refusal{"type": "error", "errorType": tagged(tag, fields)}
}

// missing is an error of the database: something is not there, or there twice.
func missing(tag string, fields m) refusal {
	return refusal{"type": "errorStore", "storeError": tagged(tag, fields)}
}

func commandError(text string) refusal { return failure("commandError", m{"message": text}) }

var (
	errParse   = commandError("Failed reading: empty")
	errRequest = commandError("invalid request")
)

// tagged puts a type into a copy of an object.
func tagged(tag string, fields m) m {
	out := m{"type": tag}
	for k, v := range fields {
		out[k] = v
	}
	return out
}
