// SIFT and RANSAC for pictures without tags: the same calls in OpenCV 4.6 and 4.10.
#include "sift.h"

#include <cstdio>
#include <exception>
#include <opencv2/calib3d.hpp>
#include <opencv2/core.hpp>
#include <opencv2/features2d.hpp>

namespace {

int fail(const char *what, char *err, int errlen) {
  std::snprintf(err, errlen, "%s", what);
  return -1;
}

typedef std::vector<cv::KeyPoint> Points;

// rooted makes Euclidean distance of the descriptors that of Hellinger (Arandjelovic and Zisserman 2012).
void rooted(cv::Mat &d) {
  for (int r = 0; r < d.rows; r++) {
    cv::Mat row = d.row(r);
    const double sum = cv::norm(row, cv::NORM_L1);
    if (sum > 0)
      row /= sum;
  }
  cv::sqrt(d, d);
}

void find(const unsigned char *grey, int w, int h, int features, Points &points, cv::Mat &d) {
  const cv::Mat m(h, w, CV_8UC1, const_cast<unsigned char *>(grey));
  cv::SIFT::create(features, 3, 0.02)->detectAndCompute(m, cv::noArray(), points, d);
  if (!d.empty())
    rooted(d);
}

} // namespace

extern "C" int nr_match(const unsigned char *a, int wa, int ha, const unsigned char *b, int wb, int hb, int features,
                        double ratio, double *pairs, int max, char *err, int errlen) {
  try {
    Points pa, pb;
    cv::Mat da, db;
    find(a, wa, ha, features, pa, da);
    find(b, wb, hb, features, pb, db);
    if (pa.size() < 2 || pb.size() < 2)
      return 0;
    std::vector<std::vector<cv::DMatch>> found;
    cv::BFMatcher(cv::NORM_L2).knnMatch(da, db, found, 2);
    int n = 0;
    for (size_t i = 0; i < found.size() && n < max; i++) {
      if (found[i].size() < 2 || found[i][0].distance > ratio * found[i][1].distance)
        continue;
      const cv::Point2f &p = pa[found[i][0].queryIdx].pt, &q = pb[found[i][0].trainIdx].pt;
      double *out = pairs + 4 * n++;
      out[0] = p.x;
      out[1] = p.y;
      out[2] = q.x;
      out[3] = q.y;
    }
    return n;
  } catch (const std::exception &e) {
    return fail(e.what(), err, errlen);
  } catch (...) {
    return fail("unknown exception", err, errlen);
  }
}

extern "C" int nr_homography(const double *pairs, int n, double px, double *h, unsigned char *inlier, char *err,
                             int errlen) {
  try {
    if (n < 4)
      return 0;
    std::vector<cv::Point2d> from(n), to(n);
    for (int i = 0; i < n; i++) {
      from[i] = cv::Point2d(pairs[4 * i], pairs[4 * i + 1]);
      to[i] = cv::Point2d(pairs[4 * i + 2], pairs[4 * i + 3]);
    }
    cv::Mat mask;
    const cv::Mat m = cv::findHomography(from, to, cv::RANSAC, px, mask, 4000, 0.999);
    if (m.rows != 3 || m.cols != 3 || (int)mask.total() != n)
      return 0;
    for (int i = 0; i < 9; i++)
      h[i] = m.at<double>(i / 3, i % 3);
    int good = 0;
    for (int i = 0; i < n; i++)
      good += inlier[i] = mask.at<unsigned char>(i) ? 1 : 0;
    return good;
  } catch (const std::exception &e) {
    return fail(e.what(), err, errlen);
  } catch (...) {
    return fail("unknown exception", err, errlen);
  }
}
