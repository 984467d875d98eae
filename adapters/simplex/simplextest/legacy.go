package simplextest

// legacyAnswer turns a response into what programs before 6.4 answered.
func legacyAnswer(command string, resp m) m {
	switch resp["type"] {
	case "userContactLinkCreated":
		resp["connReqContact"] = fullLink(resp["connLinkContact"])
		delete(resp, "connLinkContact")
	case "userContactLink", "userContactLinkUpdated":
		l := resp["contactLink"].(m)
		l["connReqContact"] = fullLink(l["connLinkContact"])
		delete(l, "connLinkContact")
	case "invitation":
		resp["connReqInvitation"] = fullLink(resp["connLinkInvitation"])
		delete(resp, "connLinkInvitation")
	case "userDeletedMembers":
		resp["type"], resp["member"] = "userDeletedMember", resp["members"].([]any)[0]
		delete(resp, "members")
	case "chatItemsDeleted":
		return legacyEvent(resp)
	case "chatRunning":
		if command == "StartChat" {
			resp["type"] = "chatStarted"
		}
	}
	return resp
}

func fullLink(l any) any { return l.(m)["connFullLink"] }

// legacyEvent does the same for events.
func legacyEvent(f m) m {
	list, _ := f["chatItemDeletions"].([]any)
	if f["type"] != "chatItemsDeleted" || len(list) != 1 {
		return f
	}
	d := list[0].(m)
	out := m{"type": "chatItemDeleted", "user": f["user"], "deletedChatItem": d["deletedChatItem"], "byUser": f["byUser"], "timed": f["timed"]}
	if to, ok := d["toChatItem"]; ok {
		out["toChatItem"] = to
	}
	return out
}
