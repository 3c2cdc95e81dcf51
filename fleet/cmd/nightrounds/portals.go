package main

import (
	"context"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
)

type portalsCmd struct{ output }

func (c *portalsCmd) Run(ctx context.Context) error {
	return list(ctx, c.output, "portals", nil, "ID\tKIND\tHALL\tBETWEEN\tSTATE\tHEARD\tIN IT\tCOMING\tLAST FAULT", portalRow)
}

func portalRow(p fleet.PortalView) []any {
	var between []string
	for _, e := range p.Edges {
		between = append(between, e[0]+"–"+e[1])
	}
	state, heard, fault := string(p.State), "-", p.Fault
	if p.Asked {
		state += ", asked for"
	}
	if p.ClosedUntil != nil {
		state += ", gone round until " + p.ClosedUntil.Local().Format(time.TimeOnly)
	}
	if p.HeardAt != nil {
		heard = p.HeardAt.Local().Format(time.TimeOnly)
	}
	if p.FaultAt != nil {
		fault = p.FaultAt.Local().Format(time.DateTime) + " " + fault
	}
	if fault != "" && !p.Broken {
		fault += " (works again)"
	}
	if fault == "" {
		fault = p.Why
	}
	return []any{
		p.ID, p.Kind, p.Hall, strings.Join(between, " "), state, heard,
		dash(strings.Join(p.Within, " ")), dash(strings.Join(p.Coming, " ")), dash(fault),
	}
}
