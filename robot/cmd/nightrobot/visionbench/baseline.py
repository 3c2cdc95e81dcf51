#!/usr/bin/env python3
"""The look of Nightrounds written in a straightforward way with OpenCV and numpy, to compare time and answers with.

It does what a competent engineer would write first: the burst mapped into memory, tags found in one frame, solvePnP,
each light's place projected, the shift of every frame by phase correlation of a part of the picture, each light's
region reduced to a brightness, its rhythm fitted by FFT, and temperatures by projecting each device into the thermal
picture. Reads one JSON request (vision.LookRequest) from the file that it is given, looks N times, and writes
{"seconds": [...], "cpu": [...], "rssMB": ..., "lights": {"device/led": {"lit": bool, "pattern": str, "rateHz": float}}}.
"""
import json
import resource
import sys
import time
from datetime import datetime

import cv2
import numpy as np

LIT = 12.0  # grey levels above the surround
SEARCH = 512  # px: side of the part of the picture that shifts are found in


def tuned(params):
    """A tag's border and the edge of its white margin lie close together: they must not count as one candidate."""
    params.minMarkerDistanceRate = 0.02
    params.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    return params


def detect(grey):
    """Corners of the AprilTags 36h11, by OpenCV 4.6's functions or 4.7's class."""
    aruco = cv2.aruco
    if hasattr(aruco, "ArucoDetector"):
        kinds, params = aruco.getPredefinedDictionary(aruco.DICT_APRILTAG_36h11), tuned(aruco.DetectorParameters())
        found = aruco.ArucoDetector(kinds, params).detectMarkers(grey)
    else:
        params = tuned(aruco.DetectorParameters_create())
        found = aruco.detectMarkers(grey, aruco.Dictionary_get(aruco.DICT_APRILTAG_36h11), parameters=params)
    return found[0], found[1]


def register(grey, req, camera, dist):
    """The camera's pose before the face, from all tags of the target in view."""
    target = req["target"]
    known = {t["id"]: (t["x"], t["y"]) for t in target["tags"] or []}
    half = target["tagSizeM"] / 2
    corners, ids = detect(grey)
    on_face, in_picture = [], []
    for quad, ident in zip(corners, [] if ids is None else ids.ravel()):
        if int(ident) not in known:
            continue
        x, y = known[int(ident)]
        on_face += [(x - half, y + half, 0), (x + half, y + half, 0), (x + half, y - half, 0), (x - half, y - half, 0)]
        in_picture += list(quad.reshape(4, 2))
    if len(on_face) < 8:
        raise SystemExit("fewer than two tags found")
    ok, rvec, tvec = cv2.solvePnP(np.float64(on_face), np.float64(in_picture), camera, dist)
    if not ok:
        raise SystemExit("no pose fits the tags")
    return rvec, tvec


def rhythm(values, times):
    """Pattern and rate of a brightness over time; times in s."""
    lit = values > LIT
    if not lit.any():
        return "off", 0.0
    if np.ptp(values) < 0.35 * values.max():
        return "solid", 0.0
    even = np.arange(times[0], times[-1], 1 / 30)
    spectrum = np.abs(np.fft.rfft((np.interp(even, times, values) - values.mean()) * np.hanning(len(even)), 4096))
    hz = np.fft.rfftfreq(4096, 1 / 30)
    spectrum[hz < 0.3] = 0
    peak = int(spectrum.argmax())
    regular = spectrum[peak] ** 2 > 0.25 * (spectrum ** 2).sum() / 40
    return ("blink", float(hz[peak])) if regular else ("irregular", 0.0)


def stamp(text):
    """Seconds of an RFC 3339 time in UTC, whose fraction may have nine digits."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(whole).timestamp() + float("0." + (fraction or "0"))


def look(req):
    """One look: what every light shows, and the 95th percentile of every device's temperature."""
    n, h, w = len(req["times"]), req["height"], req["width"]
    frames = np.memmap(req["framesPath"], np.uint8, "r", shape=(n, h, w, 3))
    camera = np.array([[req["fx"], 0, req["cx"]], [0, req["fy"], req["cy"]], [0, 0, 1.0]])
    dist = np.float64(req["dist"])
    middle = n // 2
    grey = cv2.cvtColor(np.asarray(frames[middle]), cv2.COLOR_BGR2GRAY)
    rvec, tvec = register(grey, req, camera, dist)
    names, places, radii = [], [], []
    for d in req["target"]["devices"] or []:
        for led in d["leds"] or []:
            names.append(d["id"] + "/" + led["name"])
            places.append((led["x"], led["y"], 0.0))
            radii.append(led["diameterM"] / 2 * req["fx"] / float(tvec[2, 0]))
    if not names:
        raise SystemExit("no lights declared")
    at = cv2.projectPoints(np.float64(places), rvec, tvec, camera, dist)[0].reshape(-1, 2)
    side = min(SEARCH, h, w)
    top, left = (h - side) // 2, (w - side) // 2
    window = cv2.createHanningWindow((side, side), cv2.CV_32F)
    still = np.float32(grey[top:top + side, left:left + side])
    values = np.zeros((n, len(names)), np.float32)
    for i in range(n):
        part = cv2.cvtColor(np.asarray(frames[i, top:top + side, left:left + side]), cv2.COLOR_BGR2GRAY)
        (dx, dy), _ = cv2.phaseCorrelate(still, np.float32(part), window)
        for k, (u, v) in enumerate(at):
            r = max(2, int(round(radii[k])))
            x, y = int(round(u + dx)), int(round(v + dy))
            core = frames[i, max(0, y - r):y + r + 1, max(0, x - r):x + r + 1]
            wide = frames[i, max(0, y - 3 * r):y + 3 * r + 1, max(0, x - 3 * r):x + 3 * r + 1]
            if core.size and wide.size:
                hsv = cv2.cvtColor(np.ascontiguousarray(core), cv2.COLOR_BGR2HSV)
                values[i, k] = hsv[..., 2].mean() - np.median(wide.max(axis=2))
    stamps = [stamp(t) for t in req["times"]]
    times = np.float64(stamps) - stamps[0]
    lights = {}
    for k, name in enumerate(names):
        pattern, rate = rhythm(values[:, k], times)
        lights[name] = {"lit": pattern != "off", "pattern": pattern, "rateHz": rate}
    return lights, temperatures(req, rvec, tvec)


def temperatures(req, rvec, tvec):
    """The 95th percentile of each device's surface, degrees C."""
    t = req.get("thermal")
    if not t:
        return {}
    grid = np.float32(t["c"]).reshape(t["height"], t["width"])
    f = t["width"] / 2 / np.tan(t["hfovRad"] / 2), t["height"] / 2 / np.tan(t["vfovRad"] / 2)
    camera = np.array([[f[0], 0, (t["width"] - 1) / 2], [0, f[1], (t["height"] - 1) / 2], [0, 0, 1.0]])
    shifted = tvec - np.float64([[t["offsetRightM"]], [-t["offsetUpM"]], [0]])
    out = {}
    for d in req["target"]["devices"] or []:
        xs, ys = np.linspace(d["min"]["X"], d["max"]["X"], 60), np.linspace(d["min"]["Y"], d["max"]["Y"], 12)
        points = np.stack(np.meshgrid(xs, ys, [0.0]), -1).reshape(-1, 3)
        uv = np.float32(cv2.projectPoints(points, rvec, shifted, camera, None)[0].reshape(12, 60, 2))
        seen = cv2.remap(grid, uv[..., 0], uv[..., 1], cv2.INTER_LINEAR, borderValue=float("nan"))
        if np.isfinite(seen).any():
            out[d["id"]] = float(np.nanpercentile(seen, 95))
    return out


def main():
    cv2.setNumThreads(1)
    with open(sys.argv[1], encoding="utf-8") as f:
        req = json.load(f)
    seconds, cpu, lights = [], [], {}
    for _ in range(int(sys.argv[2])):
        wall, used = time.perf_counter(), time.process_time()
        lights, _ = look(req)
        seconds.append(time.perf_counter() - wall)
        cpu.append(time.process_time() - used)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    json.dump({"seconds": seconds, "cpu": cpu, "rssMB": peak, "lights": lights}, sys.stdout)


if __name__ == "__main__":
    main()
