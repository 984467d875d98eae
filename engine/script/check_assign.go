package script

import (
	"reflect"

	"github.com/yuin/gopher-lua/ast"
)

// assignments collects the names that are assigned to.
type assignments struct{ names map[string]bool }

func (w assignments) stmts(list []ast.Stmt) {
	for _, s := range list {
		w.walk(reflect.ValueOf(s))
	}
}

// walk visits all of a syntax tree. Few parts of it are of interest, so it goes by the
// shape of the tree instead of by its types.
func (w assignments) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		if s, ok := v.Interface().(*ast.AssignStmt); ok {
			w.assigned(s.Lhs)
		}
		if s, ok := v.Interface().(*ast.FuncDefStmt); ok && s.Name.Func != nil {
			w.assigned([]ast.Expr{s.Name.Func})
		}
		w.walk(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			w.walk(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				w.walk(v.Field(i))
			}
		}
	}
}

func (w assignments) assigned(list []ast.Expr) {
	for _, e := range list {
		if id, ok := e.(*ast.IdentExpr); ok {
			w.names[id.Value] = true
		}
	}
}
