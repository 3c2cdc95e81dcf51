// The page's signs, drawn for a 24 x 24 box with the even-odd rule: the same paths for the canvas and for the text.

export const paths = {
  driving: "M4 3l17 9-17 9 4-9z",
  looking: "M12 4.5C6 4.5 1.5 12 1.5 12S6 19.5 12 19.5 22.5 12 22.5 12 18 4.5 12 4.5zM12 16.5A4.5 4.5 0 1 1 12 7.5A4.5 4.5 0 1 1 12 16.5zM12 14A2 2 0 1 0 12 10A2 2 0 1 0 12 14z",
  charging: "M14 1L4 14h6l-1 9 10-13h-6z",
  idle: "M6 4h4v16H6zM14 4h4v16h-4z",
  silent: "M2 10h4v4H2zM10 10h4v4h-4zM18 10h4v4h-4z",
  offline: "M5 2.5l7 7 7-7 2.5 2.5-7 7 7 7-2.5 2.5-7-7-7 7-2.5-2.5 7-7-7-7z",
  stopped: "M4 4h16v16H4z",
  manual: "M12 2A4.5 4.5 0 1 1 12 11A4.5 4.5 0 1 1 12 2zM3 22c0-6 4-9 9-9s9 3 9 9z",
  critical: "M7.5 1.5h9l6 6v9l-6 6h-9l-6-6v-9zM10.7 5.5v8.5h2.600V5.5zM10.7 16v2.600h2.600V16z",
  warning: "M12 1.5L23.5 22H.5zM10.8 8.5v7h2.400v-7zM10.8 17v2.400h2.400V17z",
  info: "M12 1.5A10.5 10.5 0 1 1 12 22.5A10.5 10.5 0 1 1 12 1.5zM10.8 6v2.5h2.400V6zM10.8 10.5V18h2.400v-7.5z",
  ok: "M9 16.2L4.8 12 3 13.8 9 19.8 21.5 7.3 19.7 5.5z",
  waiting: "M12 1.5A10.5 10.5 0 1 1 12 22.5A10.5 10.5 0 1 1 12 1.5zM10.8 5.5v7.5l5.5 3.3 1.2-2-4.3-2.600V5.5z",
  door: "M4 1.5h16v21H4zM7 4.5v15h10v-15zM13.500 11h2v2.500h-2z",
  quiet: "M3 9v6h4l6 5V4L7 9zM15.500 8.500l1.500-1.500 2.500 2.500L22 7l1.500 1.500-2.500 2.500 2.500 2.500L22 15l-2.500-2.500L17 15l-1.500-1.500 2.500-2.500z",
  moon: "M15.5 3A9.5 9.5 0 1 0 21 15.5 7.8 7.8 0 0 1 15.5 3z",
} as const;

export type Sign = keyof typeof paths;

/** Icon is decoration: the text beside it says the same. */
export function Icon({ sign, size = 14 }: { sign: Sign; size?: number }) {
  return (
    <svg class={"icon icon-" + sign} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[sign]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}
