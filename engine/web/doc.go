// Package web speaks HTTP for scripts: requests to servers, and webhooks that servers
// call. A script reaches only the hosts it was granted. What a name stands for is looked
// up here and checked right before the connection is made, so neither a redirect nor a
// DNS that changes its mind leads anywhere else.
package web
