// Package sim is a hall that is not there, with robots' bodies in it: what cameras, chips and motors would say stands
// here, so that the agent runs its own code against it down to the bus.
//
// A World keeps what is wrong in the hall (incidents), repairs it when its technician was asked to, and remembers both
// over a restart, as well as where each robot stood. A Body is one robot's hardware: a camera, an I2C bus with its
// chips, and a base that speaks MAVLink.
//
// The package knows neither the agent nor how pictures are judged, and it must stay so: it imports neither robot nor
// vision. It simulates no collisions: bases drive through racks. A burst is taken from where the robot stood when it began.
package sim
