// OpenCV moved its fiducials in 4.7 from the contrib module aruco to objdetect, and changed the calls: both are here.
#include "tags.h"

#include <cstdio>
#include <exception>
#include <opencv2/calib3d.hpp>
#include <opencv2/core.hpp>
#include <opencv2/core/version.hpp>
#include <opencv2/imgproc.hpp>

#define NR_NEW_ARUCO (CV_VERSION_MAJOR > 4 || (CV_VERSION_MAJOR == 4 && CV_VERSION_MINOR >= 7))

#if NR_NEW_ARUCO
#include <opencv2/objdetect/aruco_detector.hpp>
#else
#include <opencv2/aruco.hpp>
#endif

namespace {

typedef std::vector<std::vector<cv::Point2f>> Corners;

int fail(const char *what, char *err, int errlen) {
  std::snprintf(err, errlen, "%s", what);
  return -1;
}

template <typename P> void tune(P &p, int thorough) {
  p.adaptiveThreshWinSizeMin = thorough ? 9 : 5;
  p.adaptiveThreshWinSizeMax = thorough ? 61 : 25;
  p.adaptiveThreshWinSizeStep = thorough ? 13 : 20;
  // Small tags enlarged have little contrast left between border and margin.
  p.adaptiveThreshConstant = thorough ? 2 : 7;
  p.minMarkerPerimeterRate = thorough ? 0.005 : 0.03;
  // The outer edge of a tag's white margin lies one cell from its black border: they must not count as one candidate,
  // of which the larger, the margin, would be kept and the tag lost.
  p.minMarkerDistanceRate = 0.02;
}

// Corners are refined in Go by laying the known tag over the picture: OpenCV's own refinement loses tags.
void detect(const cv::Mat &grey, int thorough, Corners &corners, std::vector<int> &ids) {
#if NR_NEW_ARUCO
  cv::aruco::DetectorParameters p;
  tune(p, thorough);
  p.cornerRefinementMethod = cv::aruco::CORNER_REFINE_NONE;
  cv::aruco::ArucoDetector d(cv::aruco::getPredefinedDictionary(cv::aruco::DICT_APRILTAG_36h11), p);
  d.detectMarkers(grey, corners, ids);
#else
  cv::Ptr<cv::aruco::DetectorParameters> p = cv::aruco::DetectorParameters::create();
  tune(*p, thorough);
  p->cornerRefinementMethod = cv::aruco::CORNER_REFINE_NONE;
  cv::aruco::detectMarkers(grey, cv::aruco::getPredefinedDictionary(cv::aruco::DICT_APRILTAG_36h11), corners, ids, p);
#endif
}

void draw(int id, int side, cv::Mat &out) {
#if NR_NEW_ARUCO
  cv::aruco::generateImageMarker(cv::aruco::getPredefinedDictionary(cv::aruco::DICT_APRILTAG_36h11), id, side, out, 1);
#else
  cv::aruco::drawMarker(cv::aruco::getPredefinedDictionary(cv::aruco::DICT_APRILTAG_36h11), id, side, out, 1);
#endif
}

} // namespace

extern "C" int nr_detect(const unsigned char *grey, int w, int h, double scale, int thorough, nr_tag *out, int max,
                         char *err, int errlen) {
  try {
    cv::Mat m(h, w, CV_8UC1, const_cast<unsigned char *>(grey));
    if (scale != 1) {
      cv::Mat scaled;
      cv::resize(m, scaled, cv::Size(), scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
      m = scaled;
    }
    Corners corners;
    std::vector<int> ids;
    detect(m, thorough, corners, ids);
    int n = 0;
    for (size_t i = 0; i < ids.size() && n < max; i++) {
      if (corners[i].size() != 4)
        continue;
      out[n].id = ids[i];
      for (int k = 0; k < 4; k++) {
        out[n].corners[2 * k] = (corners[i][k].x + 0.5) / scale - 0.5;
        out[n].corners[2 * k + 1] = (corners[i][k].y + 0.5) / scale - 0.5;
      }
      n++;
    }
    return n;
  } catch (const std::exception &e) {
    return fail(e.what(), err, errlen);
  } catch (...) {
    return fail("unknown exception", err, errlen);
  }
}

extern "C" int nr_pose(const double *object, const double *image, int n, const double *k, const double *dist,
                       double *rvec, double *tvec, char *err, int errlen) {
  try {
    std::vector<cv::Point3d> obj(n);
    std::vector<cv::Point2d> img(n);
    for (int i = 0; i < n; i++) {
      obj[i] = cv::Point3d(object[3 * i], object[3 * i + 1], object[3 * i + 2]);
      img[i] = cv::Point2d(image[2 * i], image[2 * i + 1]);
    }
    const cv::Mat K = (cv::Mat_<double>(3, 3) << k[0], 0, k[2], 0, k[1], k[3], 0, 0, 1);
    const cv::Mat D = (cv::Mat_<double>(1, 5) << dist[0], dist[1], dist[2], dist[3], dist[4]);
    cv::Mat r, t;
    if (!cv::solvePnP(obj, img, K, D, r, t, false, cv::SOLVEPNP_IPPE))
      return fail("no pose fits the points", err, errlen);
    cv::solvePnPRefineLM(obj, img, K, D, r, t);
    for (int i = 0; i < 3; i++) {
      rvec[i] = r.at<double>(i);
      tvec[i] = t.at<double>(i);
    }
    return 0;
  } catch (const std::exception &e) {
    return fail(e.what(), err, errlen);
  } catch (...) {
    return fail("unknown exception", err, errlen);
  }
}

extern "C" int nr_draw(int id, int side, unsigned char *out, char *err, int errlen) {
  try {
    cv::Mat m;
    draw(id, side, m);
    if (m.rows != side || m.cols != side || m.type() != CV_8UC1)
      return fail("tag was drawn at another size", err, errlen);
    for (int y = 0; y < side; y++)
      for (int x = 0; x < side; x++)
        out[y * side + x] = m.at<unsigned char>(y, x);
    return 0;
  } catch (const std::exception &e) {
    return fail(e.what(), err, errlen);
  } catch (...) {
    return fail("unknown exception", err, errlen);
  }
}
