//go:build !linux

package main

import "syscall"

// apart keeps a child out of reach of the terminal's Ctrl-C, which its parent passes on in order.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
