// What register asks of OpenCV: tags in a grey picture, one pose from point pairs, a printed tag.
// Every function catches what OpenCV throws and returns a negative number with the text in err.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// A tag found: its id of AprilTag 36h11 and its corners in px (x, y), clockwise from the tag's own upper left.
typedef struct {
  int id;
  double corners[8];
} nr_tag;

// nr_detect finds at most max tags in a grey picture of w x h px, searched at scale times its size, and returns how many.
// Thorough tries more thresholds and smaller tags. Corners are to within a pixel or two, in px of the picture as given.
int nr_detect(const unsigned char *grey, int w, int h, double scale, int thorough, nr_tag *out, int max, char *err,
              int errlen);

// nr_pose fits the pose of n coplanar points: object 3n (m), image 2n (px), k is fx fy cx cy, dist is k1 k2 p1 p2 k3.
int nr_pose(const double *object, const double *image, int n, const double *k, const double *dist, double *rvec,
            double *tvec, char *err, int errlen);

// nr_draw prints tag id without white margin as side x side grey pixels.
int nr_draw(int id, int side, unsigned char *out, char *err, int errlen);

#ifdef __cplusplus
}
#endif
