# cannyscope: live Canny edges of a camera, with the pixels of OpenCV.
#
# Objects go to build/<config>/, where the config says what differs from a plain build:
#   make                          build/release
#   make SAN=address,undefined    build/release-address-undefined
#   make CC=clang                 build/release-clang
#   make CC=aarch64-linux-gnu-gcc build/release-aarch64, of which only tests/test_kernels links
# V=1 shows the commands. WERROR=1 makes warnings errors.

VERSION = 0.1.0
PREFIX  ?= /usr/local
CC      = gcc
SAN     =
V       =
WERROR  =

comma  := ,
cross  := $(patsubst %-linux-gnu-gcc,%,$(filter %-linux-gnu-gcc,$(notdir $(CC))))
clang  := $(if $(filter clang%,$(notdir $(CC))),-clang)
config := release$(clang)$(cross:%=-%)$(if $(SAN),-$(subst $(comma),-,$(SAN)))
B      := build/$(config)
Q      := $(if $(V),,@)

# ---- what it is made of ---------------------------------------------------------------------------

# The CPU levels of the processor that is built for.
MACHINE = $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
KERNELS = $(if $(filter x86_64,$(MACHINE)),kernels_ssse3 kernels_avx2 kernels_avx512) \
          $(if $(filter aarch64,$(MACHINE)),kernels_neon)

PROCESSING = canny_fast canny_params canny_reference cpu error frame gray gray_fast hysteresis \
             kernels kernels_c $(KERNELS) memory resample views
CAPTURE    = camera camera_access camera_array camera_choice camera_control_set camera_controls \
             camera_device camera_formats camera_health camera_hints camera_identity camera_list \
             camera_modes camera_setup camera_watch canvas exif frame_pool image_bmp image_decode \
             image_jpeg image_png image_reader image_source loans mjpeg noise pacer ripple scene \
             scene_draw shapes source still strokes v4l2_io
RENDER     = atlas band canvas_convert font image_writer memory_graph overlay painter panel \
             panel_bar panel_camera panel_cards panel_differences panel_lab panel_memory part_file \
             plot recording_badge renderer_probe text_lines texture_pair ui utf8 virtual_camera \
             virtual_camera_io widgets window window_events window_wait
APP        = actions back_buffer batch batch_file batch_leftovers batch_list batch_manifest \
             batch_merge batch_names batch_output batch_plan batch_pool batch_report batch_reports \
             batch_tally belt bench bench_measure bench_picture bench_report budget byte_map \
             camera_desk camera_memory camera_page camera_picker camera_roster camera_settings \
             capture_board capture_loop config control_wishes controls devices doorbell ending \
             escape folder_names give_back growing json_file json_lines json_make json_text keys \
             lab lab_benches lab_folder lab_history lab_page lab_shelf library_allocations live \
             live_bar live_budget live_cameras live_canvas live_headless live_memory live_page \
             live_window locks log loopback mailbox media memory_errands memory_export \
             memory_history memory_limit memory_page memory_report memory_watch notices \
             open_controls options options_help paths picture_ring picture_saver process_memory \
             processing_loop progress quantile queue rate_offer recorder recording_file \
             renderer_choice reopening session session_lab session_recorder session_switch \
             setting_values settings small_file snapshots source_choice stage_profile stats \
             stats_file video video_display video_line video_output wakeup window_snapshot workers

# The media module: all that needs FFmpeg's libraries, loaded when it is needed.
MODULE     = app/media_module capture/gif_blocks capture/media_audio capture/media_convert \
             capture/media_file capture/media_frames capture/media_image capture/media_rotate \
             capture/media_tiff capture/media_webp capture/tiff_memory capture/video_reader \
             render/media_encoder render/video_encoder render/video_file render/video_muxer \
             render/video_writer

UNIT_TESTS = $(sort $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c)))

# ---- how it is made -------------------------------------------------------------------------------

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef \
           -Wvla -Wpointer-arith -Wwrite-strings -Wcast-qual $(if $(WERROR),-Werror)
HARDEN   = -fstack-protector-strong -fPIC $(if $(SAN),,-D_FORTIFY_SOURCE=3)
SANITIZE = $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
OPTIMIZE = $(if $(SAN),-O1,-O3)
CPPFLAGS += -I. -D_GNU_SOURCE -DCANNYSCOPE_VERSION='"$(VERSION)"' \
            -DDATADIR='"$(PREFIX)/share/cannyscope"' -DLIBDIR='"$(PREFIX)/lib/cannyscope"'
CFLAGS   += -std=c11 -g $(OPTIMIZE) $(WARNINGS) $(HARDEN) $(SANITIZE)
LDFLAGS  += -rdynamic -Wl,-z,relro,-z,now $(SANITIZE)

# Asked when a recipe runs and not before: on a fresh machine pkg-config comes with `make deps`.
LIBS        = $(shell pkg-config --libs sdl2 SDL2_ttf libv4l2 libudev libcjson libjpeg libpng) \
              -lm -ldl -pthread
MODULE_LIBS = $(shell pkg-config --libs libavformat libavcodec libswscale libavutil libtiff-4 \
              libwebp)

objects = $(foreach s,$(2),$(B)/$(1)/$(s).o)
COMMON  = $(call objects,processing,$(PROCESSING)) $(call objects,capture,$(CAPTURE)) \
          $(call objects,render,$(RENDER)) $(call objects,app,$(APP))
MODULE_OBJECTS = $(MODULE:%=$(B)/%.o)

PROGRAM      = $(B)/cannyscope
MEDIA        = $(B)/cannyscope-media.so
CANNY_SHARED = $(B)/libcannyscope-test.so
BENCH_SHARED = $(B)/libcannyscope-bench.so

all: $(PROGRAM) $(MEDIA) ## build the program (the default)

$(PROGRAM): $(B)/app/main.o $(COMMON)
	@echo "LINK  $@"
	$(Q)$(CC) $(LDFLAGS) -pie $^ $(LIBS) -o $@

$(MEDIA): $(MODULE_OBJECTS)
	@echo "LINK  $@"
	$(Q)$(CC) $(LDFLAGS) -shared $^ $(MODULE_LIBS) -o $@

$(B)/processing/kernels_ssse3.o: CFLAGS += -mssse3
$(B)/processing/kernels_avx2.o: CFLAGS += -mavx2 -mbmi2
$(B)/processing/kernels_avx512.o: CFLAGS += -mavx512f -mavx512bw -mavx512vl -mbmi2

$(B)/%.o: %.c
	@echo "CC    $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# ---- what Debian provides -------------------------------------------------------------------------

BUILD_PACKAGES  = gcc libc6-dev pkg-config libsdl2-dev libsdl2-ttf-dev libv4l-dev libudev-dev \
                  libcjson-dev libjpeg62-turbo-dev libpng-dev libavformat-dev libavcodec-dev \
                  libswscale-dev libavutil-dev libtiff-dev libwebp-dev
TEST_PACKAGES   = libcmocka-dev python3 python3-opencv opencv-doc xvfb xdotool x11-apps x11-utils \
                  imagemagick evilwm binutils ffmpeg libjpeg-turbo-progs libtiff-tools valgrind \
                  python3-memory-profiler gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
LINT_PACKAGES   = clang-14 clang-format-14 clang-tidy-14 cppcheck shellcheck
SAN_PACKAGES    = libclang-rt-14-dev
BENCH_PACKAGES  = ffmpeg
CLUSTER_PACKAGES = slurmctld slurmd slurm-client munge parallel openssh-server openssh-client
DRIVER_PACKAGES = qemu-system-x86 busybox-static kmod cpio v4l-utils ffmpeg make gcc

# Installs those of $(1) that are missing, saying so; as root, or with sudo.
define install_packages
@missing=""; for p in $(1); do \
  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
done; \
if [ -n "$$missing" ]; then \
  sudo=$$([ $$(id -u) = 0 ] || echo sudo); \
  echo "Installing from Debian:$$missing $${sudo:+(with sudo)}"; \
  $$sudo apt-get update -q && \
  $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
fi
endef

deps: ## install what building needs (apt, with sudo unless root)
	$(call install_packages,$(BUILD_PACKAGES))

deps-test: deps
	$(call install_packages,$(TEST_PACKAGES))

deps-lint: deps-test
	$(call install_packages,$(LINT_PACKAGES))

deps-drivers: deps-test
	$(call install_packages,$(DRIVER_PACKAGES))

deps-cluster: deps-test
	$(call install_packages,$(CLUSTER_PACKAGES))

deps-all: deps-lint deps-drivers deps-cluster
	$(call install_packages,$(SAN_PACKAGES))

# ---- running and installing -----------------------------------------------------------------------

run: deps ## install what is missing, build, start the live window (ARGS="...")
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	  exec $(PROGRAM) $(ARGS); \
	else \
	  echo "No display here: running without a window for ten seconds; the last picture goes to build/first.png."; \
	  exec $(PROGRAM) --headless --duration 10 --snapshot build/first.png $(ARGS); \
	fi

DEST = $(DESTDIR)$(PREFIX)

install: all ## install below PREFIX (default /usr/local), staged by DESTDIR
	install -d $(DEST)/bin $(DEST)/lib/cannyscope $(DEST)/share/cannyscope/fonts \
	  $(DEST)/share/doc/cannyscope
	install -m 755 $(PROGRAM) $(DEST)/bin/cannyscope
	install -m 644 $(MEDIA) $(DEST)/lib/cannyscope/cannyscope-media.so
	install -m 644 assets/fonts/* $(DEST)/share/cannyscope/fonts
	install -m 644 README.md LICENSE $(DEST)/share/doc/cannyscope

uninstall: ## remove what install put there
	rm -rf $(DEST)/bin/cannyscope $(DEST)/lib/cannyscope $(DEST)/share/cannyscope \
	  $(DEST)/share/doc/cannyscope

# ---- tests ----------------------------------------------------------------------------------------

FAKES = $(patsubst %.c,$(B)/%.o,$(wildcard tests/fakes/*.c))

test: deps-test ## install what tests need, build, run unit, kernel, golden, differential and window tests
	@$(MAKE) --no-print-directory test-all

test-all:
	@$(MAKE) --no-print-directory -j$$(nproc) all tests-build
	@tests/run.sh $(B)

tests-build: $(UNIT_TESTS:%=$(B)/tests/%) $(B)/tests/test_golden $(CANNY_SHARED) \
             $(B)/tests/image_dump $(B)/tests/test_kernels $(BENCH_SHARED) \
             $(if $(SAN)$(cross),,tests-neon) $(if $(findstring address,$(SAN)),tests-failures)

# The kernels' test needs the C library alone: linked statically it runs under emulation as it is.
KERNELS_TEST = $(patsubst %.c,$(B)/%.o,$(wildcard tests/kernels/*.c)) $(B)/tests/golden/patterns.o \
               $(B)/tests/fakes/ordered_bands.o

$(B)/tests/test_kernels: $(KERNELS_TEST) $(call objects,processing,$(PROCESSING))
	@echo "LINK  $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $(if $(cross),-static) $^ -lm -pthread -o $@

tests-neon:
	@$(MAKE) --no-print-directory CC=aarch64-linux-gnu-gcc build/release-aarch64/tests/test_kernels

$(B)/tests/test_golden: $(patsubst %.c,$(B)/%.o,$(wildcard tests/golden/*.c)) $(COMMON)
	@echo "LINK  $@"
	$(Q)$(CC) $(LDFLAGS) $^ $(LIBS) -lcmocka -o $@

$(B)/tests/image_dump: $(B)/tests/differential/image_dump.o $(COMMON)
	@echo "LINK  $@"
	$(Q)$(CC) $(LDFLAGS) $^ $(LIBS) -o $@

$(B)/tests/test_%: $(B)/tests/unit/test_%.o $(FAKES) $(COMMON)
	@echo "LINK  $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $^ $(LIBS) -lcmocka -o $@

$(CANNY_SHARED): $(B)/tests/differential/canny_shared.o $(B)/tests/fakes/ordered_bands.o \
                 $(call objects,processing,$(PROCESSING))
	@echo "LINK  $@"
	$(Q)$(CC) $(LDFLAGS) -shared $^ -lm -pthread -o $@

$(BENCH_SHARED): $(B)/tests/benchmark/bench_shared.o $(B)/app/workers.o \
                 $(call objects,processing,$(PROCESSING))
	@echo "LINK  $@"
	$(Q)$(CC) $(LDFLAGS) -shared $^ -lm -pthread -o $@

# The program linked a second time, with calls that fail by order in front of the libraries'; for
# builds with a sanitizer, whose names of places it uses.
FAILURES = $(B)/tests/failures

$(FAILURES)/%.wraps: tests/failures/calls.inc tests/failures/calls_%.inc
	@mkdir -p $(@D)
	$(Q)sed -n 's/^FAILS[A-Z_]*(\([A-Za-z0-9_]*\),.*/-Wl,--wrap=\1/p' $^ >$@

$(FAILURES)/cannyscope: $(FAILURES)/failures.o $(FAILURES)/devices.o $(FAILURES)/wrap_program.o \
                        $(B)/app/main.o $(COMMON) $(FAILURES)/program.wraps
	@echo "LINK  $@"
	$(Q)$(CC) $(LDFLAGS) -pie $(filter %.o,$^) @$(FAILURES)/program.wraps $(LIBS) -o $@

$(FAILURES)/cannyscope-media.so: $(FAILURES)/wrap_media.o $(MODULE_OBJECTS) $(FAILURES)/media.wraps
	@echo "LINK  $@"
	$(Q)$(CC) $(LDFLAGS) -shared $(filter %.o,$^) @$(FAILURES)/media.wraps $(MODULE_LIBS) -o $@

tests-failures: $(FAILURES)/cannyscope $(FAILURES)/cannyscope-media.so

bench-opencv: deps-test ## speed beside OpenCV and ffmpeg, interleaved, as ratios (ARGS="...")
	$(call install_packages,$(BENCH_PACKAGES))
	@$(MAKE) --no-print-directory -j$$(nproc) all $(BENCH_SHARED)
	@/usr/bin/python3 tests/benchmark/opencv.py --build $(B) $(ARGS)

bench-article: deps-test ## folders and videos beside the same work in Python, as ratios (ARGS="...")
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tests/benchmark/article.py --build $(B) $(ARGS)

test-drivers: deps-drivers ## capture from the kernel's real camera drivers, in a virtual machine (JOBS="...")
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@CANNYSCOPE=$(PROGRAM) tests/drivers/run.sh $(JOBS)

test-cluster: deps-cluster ## the scripts of docs/cluster.md by a real Slurm and GNU parallel, as root
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tests/cluster/run.sh $(B)

# Two hours and a quarter at most: one to watch memory, for the rest the guest takes what it needs.
soak: deps-drivers ## hours: watch memory, kill 300 runs, damage 20,000 files, pull a cable, fail every call
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tests/endurance/hour.sh $(B)
	@KILLS=100 tests/endurance/kills.sh $(B)
	@/usr/bin/python3 tests/endurance/mutations.py $(PROGRAM) --pictures 20000 --videos 1000
	@$(MAKE) --no-print-directory test-drivers JOBS="replug damage" REPLUG_CYCLES=200 \
	  DAMAGE_FRAMES=20000 JOB_LIMIT_S=3000 LIMIT_S=4500
	@$(MAKE) --no-print-directory $(B)/tests/test_video_recording
	@KILLS=100 $(B)/tests/test_video_recording
	@KILLS=100 tests/record/run.sh $(B)
	@$(MAKE) --no-print-directory -j$$(nproc) SAN=address,undefined all tests-failures
	@/usr/bin/python3 tests/failures/run.py build/release-address-undefined --first 10
	@/usr/bin/python3 tests/failures/run.py build/release-address-undefined --x11 --first 2

compare-peers: deps-drivers ## what other programs make of the same faults: a table
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@CANNYSCOPE=$(PROGRAM) tests/drivers/compare_peers.sh $(PEERS)

compare-memory: deps-drivers ## what memory other programs take for the same webcam: a table
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@CANNYSCOPE=$(PROGRAM) tests/drivers/compare_peers.sh memory

lint: deps-lint ## formatting, static analysis, include arrows, headers alone
	@tests/lint/run.sh

format: ## format every source file
	clang-format-14 -i $(shell git ls-files '*.c' '*.h' '*.inc')

clean: ## remove what was built, but for the virtual machine
	rm -rf build/release* build/*.png

help: ## print this
	@echo "Targets:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

.PHONY: all deps deps-test deps-lint deps-drivers deps-cluster deps-all run install uninstall test \
        test-all tests-build tests-neon tests-failures bench-opencv bench-article test-drivers \
        test-cluster soak compare-peers compare-memory lint format clean help
.SECONDARY:
