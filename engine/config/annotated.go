package config

import _ "embed"

//go:generate cp ../../config.yaml default.yaml

// Annotated is the text of a config.yaml that holds all keys with their defaults and
// says what they mean. It is the file in the root of the repository.
//
//go:embed default.yaml
var Annotated string
