package local

import "botd/engine"

func (x *act) setTopic(a engine.SetTopic) error {
	if a.Text != "" { // an empty topic is none
		if err := checkText(a.Text); err != nil {
			return err
		}
	}
	x.room.topic = a.Text
	x.tellAll(engine.TopicSet{Text: a.Text})
	return nil
}

func (x *act) slow(a engine.Slow) error {
	if a.Interval < 0 {
		return engine.Errorf(engine.Invalid, "an interval of %v", a.Interval)
	}
	x.room.slow = a.Interval
	x.tellAll(engine.ModeChanged{Mode: "slow", On: a.Interval > 0, Value: a.Interval.Seconds()})
	return nil
}

func (x *act) subscribersOnly(a engine.SubscribersOnly) error {
	x.room.subscribersOnly = a.On
	x.tellAll(engine.ModeChanged{Mode: "subscribers_only", On: a.On})
	return nil
}

func (x *act) lock(a engine.Lock) error {
	x.room.locked = a.On
	x.tellAll(engine.ModeChanged{Mode: "locked", On: a.On})
	return nil
}
