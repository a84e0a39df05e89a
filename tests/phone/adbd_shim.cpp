// Preloaded into Debian's adbd, which is built for plain Linux: it gives it three things that Android would. System
// properties from a file, a listener on the loopback address alone, and the socket on which a person's "Allow" arrives.
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace {

std::string& properties_file() {
  static std::string path;
  return path;
}

// What adbd starts must run without this library.
__attribute__((constructor)) void take_settings() {
  const char* path = getenv("ADBD_PROPERTIES");
  properties_file() = path ? path : "/system/build.prop";
  unsetenv("ADBD_PROPERTIES");
  unsetenv("LD_PRELOAD");
}

using Bind = int (*)(int, const sockaddr*, socklen_t);

}  // namespace

namespace android::base {
// Replaces libbase's, which knows no properties outside Android.
std::string GetProperty(const std::string& key, const std::string& fallback) {
  std::string found = fallback;
  std::ifstream lines(properties_file());
  for (std::string line; std::getline(lines, line);) {
    if (line.size() > key.size() + 1 && line[key.size()] == '=' && line.compare(0, key.size(), key) == 0) {
      found = line.substr(key.size() + 1);
    }
  }
  return found;
}
}  // namespace android::base

// Replaces libc's: whoever listens on every address listens on 127.0.0.1.
extern "C" int bind(int socket, const sockaddr* address, socklen_t size) {
  static const auto libc_bind = reinterpret_cast<Bind>(dlsym(RTLD_NEXT, "bind"));
  if (size < sizeof(sockaddr_in)) return libc_bind(socket, address, size);
  sockaddr_storage here{};
  memcpy(&here, address, size < sizeof here ? size : sizeof here);
  auto* v4 = reinterpret_cast<sockaddr_in*>(&here);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&here);
  if (address->sa_family == AF_INET && v4->sin_addr.s_addr == INADDR_ANY) {
    v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  } else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr)) {
    v6->sin6_addr.s6_addr[10] = v6->sin6_addr.s6_addr[11] = 0xff;  // ::ffff:127.0.0.1
    v6->sin6_addr.s6_addr[12] = 127;
    v6->sin6_addr.s6_addr[15] = 1;
  }
  return libc_bind(socket, reinterpret_cast<sockaddr*>(&here), size);
}

// Replaces libcutils', which knows no such sockets outside Android, where init hands them down by their number.
extern "C" int android_get_control_socket(const char* name) {
  const char* number = getenv((std::string("ANDROID_SOCKET_") + name).c_str());
  if (!number) return -1;
  const int socket = atoi(number);
  return fcntl(socket, F_GETFD) < 0 ? -1 : socket;
}
