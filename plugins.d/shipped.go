// Package plugins holds the plugins that come with botd, so that the program can hand them out
// wherever it is.
package plugins

import "embed"

// Shipped has a folder for each plugin: what makes it run, its texts and its tests.
//
//go:embed */plugin.yaml */main.lua */i18n */lib */tests
var Shipped embed.FS
