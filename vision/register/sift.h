// What register asks of OpenCV to lay two pictures of one plane over each other.
// Every function catches what OpenCV throws and returns a negative number with the text in err.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// nr_match finds SIFT features of two grey pictures, at most features each, and pairs those whose nearest neighbour in
// the other is nearer than ratio times the second nearest. Each pair is u, v in a and u, v in b, px; it returns how many
// pairs, at most max.
int nr_match(const unsigned char *a, int wa, int ha, const unsigned char *b, int wb, int hb, int features, double ratio,
             double *pairs, int max, char *err, int errlen);

// nr_homography fits the map from the first to the second point of n pairs (4 numbers each) by RANSAC; inlier is set
// per pair to 1 where it holds to within px, and h row by row. It returns how many inliers, 0 when there is no map.
int nr_homography(const double *pairs, int n, double px, double *h, unsigned char *inlier, char *err, int errlen);

#ifdef __cplusplus
}
#endif
