package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/alarm"
)

// alarmCmd raises and clears alarms.
type alarmCmd struct {
	List  listAlarmsCmd `cmd:"" default:"withargs" help:"Tell which alarms hold, and what has become of each robot."`
	Raise raiseAlarmCmd `cmd:"" help:"Have robots leave aisles and doorways and stand at safe places."`
	Clear clearAlarmCmd `cmd:"" help:"End alarms: the patrol goes on."`
}

type listAlarmsCmd struct{ output }

// An alarmRow is one robot of an alarm.
type alarmRow struct {
	alarm fleet.AlarmView
	robot fleet.Evacuee
}

func (c *listAlarmsCmd) Run(ctx context.Context) error {
	held, err := call[[]fleet.AlarmView](ctx, c.server, "alarms", nil)
	if err != nil {
		return err
	}
	if c.Output == "json" {
		return show(c.output, held, "", nil)
	}
	var rows []alarmRow
	for _, a := range held {
		fmt.Printf("%s: %s alarm in %s since %s, raised by %s\n", a.ID, a.Kind, a.Place(), a.At.Local().Format(time.DateTime), a.By)
		for _, r := range a.Robots {
			rows = append(rows, alarmRow{a, r})
		}
	}
	if len(held) == 0 {
		fmt.Println("no alarm holds")
		return nil
	}
	return show(c.output, rows, "\nROBOT\tSTATE\tHALL\tNODE\tPLACE\tALARM", func(r alarmRow) []any {
		return []any{r.robot.ID, r.robot.State, r.robot.Hall, dash(r.robot.Node), dash(r.robot.Place), r.alarm.ID}
	})
}

type raiseAlarmCmd struct {
	server
	Hall string     `help:"Hall in which it holds; the whole site when left out."`
	Kind alarm.Kind `enum:"fire,evacuation" default:"evacuation" help:"fire or evacuation."`
	By   string     `help:"Who raises it; the user of this machine when left out."`
}

func (c *raiseAlarmCmd) Run(ctx context.Context) error {
	a, err := call[alarm.Alarm](ctx, c.server, "alarms", map[string]any{"hall": c.Hall, "kind": c.Kind, "by": cmp.Or(c.By, whoami())})
	if err == nil {
		fmt.Printf("%s holds: robots leave; nightrounds alarm tells how far they are, nightrounds alarm clear ends it\n", a.ID)
	}
	return err
}

type clearAlarmCmd struct {
	server
	Hall string     `help:"Only alarms of this hall alone."`
	Kind alarm.Kind `enum:"fire,evacuation," default:"" help:"Only alarms of this kind."`
	By   string     `help:"Who clears it; the user of this machine when left out."`
}

func (c *clearAlarmCmd) Run(ctx context.Context) error {
	held, err := call[[]fleet.AlarmView](ctx, c.server, "alarms", nil)
	if err != nil {
		return err
	}
	cleared := 0
	for _, a := range held {
		if c.Hall != "" && a.Hall != c.Hall || c.Kind != "" && a.Kind != c.Kind {
			continue
		}
		if _, err := call[alarm.Alarm](ctx, c.server, "alarms/"+a.ID+"/clear", by{cmp.Or(c.By, whoami())}); err != nil {
			return err
		}
		cleared++
		fmt.Printf("%s is cleared: %s alarm in %s\n", a.ID, a.Kind, a.Place())
	}
	if cleared == 0 {
		return fmt.Errorf("%w: no such alarm holds (%d others do)", errUsage, len(held))
	}
	return nil
}
