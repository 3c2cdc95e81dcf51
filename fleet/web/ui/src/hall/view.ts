// How the hall lies on the screen: equal axes, the hall's y up, the screen's y down.

export interface Point {
  x: number;
  y: number;
}

export interface Box {
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
}

/** View maps metres of the hall to CSS pixels: px = x * scale + left, py = top - y * scale. */
export interface View {
  scale: number; // px per m
  left: number;
  top: number;
}

export interface Size {
  width: number;
  height: number;
}

const minScale = 2;
const maxScale = 400;

export function toScreen(v: View, p: Point): Point {
  return { x: p.x * v.scale + v.left, y: v.top - p.y * v.scale };
}

export function toHall(v: View, p: Point): Point {
  return { x: (p.x - v.left) / v.scale, y: (v.top - p.y) / v.scale };
}

/** fit shows the whole box, with room for the legend below. */
export function fit(box: Box, size: Size): View {
  const margin = { side: 18, top: 18, bottom: 62 };
  const width = Math.max(40, size.width - 2 * margin.side);
  const height = Math.max(40, size.height - margin.top - margin.bottom);
  const scale = Math.min(width / (box.maxX - box.minX), height / (box.maxY - box.minY), maxScale);
  return {
    scale,
    left: margin.side + width / 2 - ((box.minX + box.maxX) / 2) * scale,
    top: margin.top + height / 2 + ((box.minY + box.maxY) / 2) * scale,
  };
}

/** zoomed keeps the point of the hall that is at the screen's place where it is. */
export function zoomed(v: View, factor: number, place: Point): View {
  const scale = Math.min(maxScale, Math.max(minScale, v.scale * factor));
  const p = toHall(v, place);
  return { scale, left: place.x - p.x * scale, top: place.y + p.y * scale };
}

export function panned(v: View, dx: number, dy: number): View {
  return { ...v, left: v.left + dx, top: v.top + dy };
}

export function centred(v: View, p: Point, size: Size): View {
  return { ...v, left: size.width / 2 - p.x * v.scale, top: size.height / 2 + p.y * v.scale };
}
