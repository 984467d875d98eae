package isolate

// Kinds of frames, for children that are no workers.
const (
	KindEvent  = byte(kindEvent)
	KindPing   = byte(kindPing)
	KindUnload = byte(kindUnload)

	KindReady     = byte(kindReady)
	KindLoaded    = byte(kindLoaded)
	KindState     = byte(kindState)
	KindFault     = byte(kindFault)
	KindLog       = byte(kindLog)
	KindPong      = byte(kindPong)
	KindUnloaded  = byte(kindUnloaded)
	KindStore     = byte(kindStore)
	KindDo        = byte(kindDo)
	KindEmit      = byte(kindEmit)
	KindRecent    = byte(kindRecent)
	KindModule    = byte(kindModule)
	KindSchedule  = byte(kindSchedule)
	KindBegin     = byte(kindBegin)
	KindSaveState = byte(kindSaveState)
)
