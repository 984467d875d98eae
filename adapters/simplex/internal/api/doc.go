// Package api is the command language of the SimpleX Chat command-line program as data:
// its commands, the answers and events it sends, and the types in them. From the data
// come the exact strings of commands ([Command.Encode]), the checks of what is put into
// them, and examples of everything the program may send ([Table.Sample]).
//
// The table, api.json, was made from the bot reference and type declarations of the
// program's versions 6.4 to 7.0 and the command reference after 7.0.0. A syntax stands
// for text in which {name} is a parameter, [name? …] is there if the parameter is, and
// [!name? …] if it is false. In a list of fields name?:Type is one that may be absent.
package api
