package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// reasoned is a request about one thing in a person's name, with a reason.
type reasoned struct {
	ID   string `path:"id"`
	Body struct {
		By  string `json:"by" minLength:"1" maxLength:"200"`
		Why string `json:"why,omitempty" maxLength:"1000"`
	}
}

// approves is a person's approval of a repair's waiting step.
type approves struct {
	ID   string `path:"id"`
	Body struct {
		By       string `json:"by" minLength:"1" maxLength:"200"`
		Evidence string `json:"evidence,omitempty" maxLength:"200" doc:"asked of the repair, as it was shown: refused when it has changed since; what is known now when left out"`
	}
}

// judges is a person's judgement of a fault.
type judges struct {
	ID   string `path:"id"`
	Body struct {
		By   string          `json:"by" minLength:"1" maxLength:"200"`
		Says fault.Judgement `json:"says" enum:"right,wrong-place,wrong-cause,false"`
		Note string          `json:"note,omitempty" maxLength:"1000"`
	}
}

// byName is a request in a person's name.
type byName struct {
	Body struct {
		By  string `json:"by" minLength:"1" maxLength:"200"`
		Why string `json:"why,omitempty" maxLength:"1000"`
	}
}

func (h *handler) remedies(a huma.API) {
	h.repairs(a)
	h.judgements(a)
	get(h, a, "remedies/stop", "Whether remedies are stopped, by whom and why", h.o.Controller.Stopped)
	for path, on := range map[string]bool{"stop": true, "go": false} {
		huma.Post(a, "/api/v1/remedies/"+path, func(ctx context.Context, in *byName) (*body[remedy.Stop], error) {
			return answer(ctx, h, func(ctx context.Context) (remedy.Stop, error) {
				return h.o.Controller.StopRemedies(ctx, on, in.Body.By, in.Body.Why)
			})
		}, summary(map[bool]string{true: "Stop all remedies", false: "Let remedies run again"}[on]))
	}
	huma.Post(a, "/api/v1/remedies/reread", func(ctx context.Context, in *byName) (*body[int], error) {
		return answer(ctx, h, func(ctx context.Context) (int, error) { return h.o.Controller.RereadRunbooks(ctx, in.Body.By) })
	}, summary("Read the runbooks again; a file that is refused changes nothing. Answers with how many are in force"))
}

// repairs are what people do about one repair.
func (h *handler) repairs(a huma.API) {
	huma.Post(a, "/api/v1/remedies/{id}/approve", func(ctx context.Context, in *approves) (*body[remedy.Run], error) {
		return answer(ctx, h, func(ctx context.Context) (remedy.Run, error) {
			return h.o.Controller.Approve(ctx, in.ID, in.Body.By, in.Body.Evidence)
		})
	}, summary("Approve a repair's waiting step"))
	huma.Post(a, "/api/v1/remedies/{id}/decline", func(ctx context.Context, in *reasoned) (*body[remedy.Run], error) {
		return answer(ctx, h, func(ctx context.Context) (remedy.Run, error) {
			return h.o.Controller.Decline(ctx, in.ID, in.Body.By, in.Body.Why)
		})
	}, summary("Decline a repair's waiting step: the repair ends, what it did is taken back"))
	huma.Post(a, "/api/v1/remedies/{id}/opened", func(ctx context.Context, in *named) (*body[remedy.Run], error) {
		return answer(ctx, h, func(ctx context.Context) (remedy.Run, error) { return h.o.Controller.Opened(ctx, in.ID, in.Body.By) })
	}, summary("Say that the drawer or lid of a repair's task stands open: its timer runs"))
	huma.Post(a, "/api/v1/remedies/{id}/done", func(ctx context.Context, in *named) (*body[remedy.Run], error) {
		return answer(ctx, h, func(ctx context.Context) (remedy.Run, error) { return h.o.Controller.TaskDone(ctx, in.ID, in.Body.By) })
	}, summary("Say that a repair's task is done"))
}

// judgements are what a fault would have done about it, and what people say of it.
func (h *handler) judgements(a huma.API) {
	huma.Get(a, "/api/v1/faults/{id}/plan", func(ctx context.Context, in *struct {
		ID string `path:"id"`
	}) (*body[fleet.Plan], error) {
		return answer(ctx, h, func(ctx context.Context) (fleet.Plan, error) { return h.o.Controller.Plan(ctx, in.ID) })
	}, summary("What would be done about a fault now, and what stands against it; nothing is done"))
	huma.Get(a, "/api/v1/faults/{id}/reports", func(ctx context.Context, in *struct {
		ID string `path:"id"`
	}) (*body[[]fleet.Report], error) {
		return answer(ctx, h, func(ctx context.Context) ([]fleet.Report, error) { return h.o.Controller.Reports(ctx, in.ID) })
	}, summary("What machines and the building said that bears on a fault, newest first"))
	huma.Post(a, "/api/v1/faults/{id}/judge", func(ctx context.Context, in *judges) (*body[fault.Verdict], error) {
		return answer(ctx, h, func(ctx context.Context) (fault.Verdict, error) {
			return h.o.Controller.Judge(ctx, in.ID, in.Body.Says, in.Body.By, in.Body.Note)
		})
	}, summary("Say whether a fault was told rightly"))
	get(h, a, "faults/precision", "How often faults were judged right, by kind, rack, robot and device type", h.o.Controller.Precision)
}
