package engine

// Weight estimates the bytes an event keeps from being freed. It need be right only
// for large ones: a server or a script could fill the memory with those.
func (ev *Event) Weight() int {
	n := plainEvent
	switch b := ev.Body.(type) {
	case Message:
		n += len(b.Text)
	case Edited:
		n += len(b.Text)
	case Notice:
		n += len(b.Text)
	case TopicSet:
		n += len(b.Text)
	case Contacted:
		n += len(b.Text)
	case CaptchaAsked:
		n += len(b.Text) + len(b.Image)
	case Raw:
		n += len(b.Data)
	case Roster:
		n += len(b.Users) * plainUser
	case RaffleChanged:
		n += len(b.Winners) * plainUser
	case Custom:
		n += WeighData(b.Data)
	}
	for key, value := range ev.Extra {
		n += plainValue + len(key) + WeighData(value)
	}
	return n
}

// What things of ordinary size weigh.
const (
	plainEvent = 512
	plainUser  = 256
	plainValue = 32
)

// WeighData estimates the bytes that plain data keeps from being freed: what encoding/json
// decodes into an any.
func WeighData(v any) int {
	n := plainValue
	switch v := v.(type) {
	case string:
		n += len(v)
	case []any:
		for _, e := range v {
			n += WeighData(e)
		}
	case map[string]any:
		for key, e := range v {
			n += len(key) + WeighData(e)
		}
	}
	return n
}
