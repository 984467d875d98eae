// Package config turns config.yaml, the environment and the defaults into one
// typed, checked and immutable [Config], and says what differs between two of them.
//
// # Strictness
//
// Nothing in the file is ignored: an unknown key, a value of the wrong type, a name
// given twice and a limit out of range are errors that name file, line and cure. All
// of them are reported at once, in the order of the lines, because whoever edits the
// file wants to go through it once.
//
// # Layers
//
// Each scalar outside a list has a default, may stand in the file, and may be
// overridden by a variable: admin.listen by BOTD_ADMIN_LISTEN. Viper merges the three
// layers. It keeps no positions, folds the case of keys and accepts unknown ones, so
// lists, free-form values, unknown keys and the lines in error messages come from the
// YAML tree, which is checked against the structs of this package: a field with a tag
// `config:"name"` is a key, its doc comment documents it, its value in [Default] is
// the default. A new key is a new field.
//
// # Secrets
//
// Any text may hold ${env:NAME} and ${file:PATH}; $${ stands for a literal ${. What
// came from such a reference is never shown by this package again: not by printing,
// logging or encoding a Config, and not in an error.
package config
