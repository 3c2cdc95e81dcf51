package main

import "syscall"

// apart keeps a child out of reach of the terminal's Ctrl-C, which its parent passes on in order, and ends it when its
// parent is killed.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
