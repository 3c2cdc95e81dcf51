package robot

import (
	"context"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
)

// learn keeps what a viewpoint shows: all of it at the first look that finds it in good order, the temperatures at each
// such look after. A look that found something of weight teaches nothing, lest a fault become normal.
func (a *Agent) learn(ctx context.Context, s shot, req vision.LookRequest, result vision.LookResult, air *vision.Air, findings []vision.Finding) {
	inOrder := !slices.ContainsFunc(findings, func(f vision.Finding) bool { return f.Severity != vision.Info })
	known := result.Registration.Method != vision.MethodNone
	if !inOrder || !known || s.secondOf != 0 {
		return
	}
	if req.Normals == nil {
		if result.Registration.Method == vision.MethodTags {
			a.commission(ctx, s, req)
		}
		return
	}
	if air == nil {
		return
	}
	if err := a.normals.Update(s.view.ID, vision.LearnHeat(*req.Normals, result, *air)); err != nil {
		a.log.Warn("the temperatures of a look are not remembered", "viewpoint", s.view.ID, "why", err)
	}
}

// commission has the same pictures looked at once more, to be learned.
func (a *Agent) commission(ctx context.Context, s shot, req vision.LookRequest) {
	req.ID, req.Learn = req.ID+"/learn", true
	result, err := a.see(ctx, req)
	if err == nil && result.Normals != nil {
		err = a.normals.Learn(s.view.ID, req.Target, *result.Normals)
	}
	if err != nil {
		a.log.Warn("a viewpoint is not learned", "viewpoint", s.view.ID, "why", err)
		return
	}
	a.log.Info("learned what a viewpoint shows in good order", "viewpoint", s.view.ID)
}
