# The image of the sidecar.
#
#   docker build -t sidecar:0.1.0 .                        slim: Debian with Python, has a shell
#   docker build -t sidecar:0.1.0 --target distroless .    only Python and the sidecar
#   docker run --rm --network host -e SIDECAR_UPSTREAM=http://127.0.0.1:3000 sidecar:0.1.0
#
# It runs as user 10001, with a read-only root file system and without capabilities.
# Packages are installed by hash; what is on the way of each request is compiled, and
# bytecode is made here, for there is nowhere to write it to at run time.

ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
WORKDIR /src
COPY requirements/ requirements/
# The venv has no pip, and pip's own cache has no place in a layer.
ENV PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python3 -m venv --without-pip /opt/sidecar \
    && python3 -m pip --python /opt/sidecar/bin/python3 install --quiet --require-hashes --no-deps \
        -r requirements/runtime.txt
# The build backend and a compiler, which no image holds that is made of this: which
# compiler is the base's to say.
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -qq -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv --without-pip /opt/build \
    && python3 -m pip --python /opt/build/bin/python3 install --quiet --require-hashes --no-deps \
        -r requirements/build.txt
COPY LICENSE README.md pyproject.toml setup.py ./
COPY sidecar/ sidecar/
RUN SIDECAR_COMPILE=1 python3 -m pip --python /opt/build/bin/python3 wheel --quiet --no-deps --no-build-isolation --wheel-dir wheels . \
    && python3 -m pip --python /opt/sidecar/bin/python3 install --quiet --no-deps wheels/*.whl \
    && /opt/sidecar/bin/python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/sidecar/lib

FROM build AS root
COPY scripts/image_root.py ./
RUN python3 image_root.py /root-of-image

# No shell, no package manager: what image_root.py collected, and nothing else.
FROM scratch AS distroless
COPY --from=root /root-of-image /
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="sidecar" \
      org.opencontainers.image.description="A reverse proxy that stands in front of one application." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV LANG=C.UTF-8 PATH=/opt/sidecar/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    SIDECAR_HEALTH=0.0.0.0:9901
USER 10001:10001
EXPOSE 8080 9901
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=10s CMD ["/opt/sidecar/bin/sidecar", "healthcheck"]
ENTRYPOINT ["/opt/sidecar/bin/sidecar"]
CMD ["run"]

# The last stage is the one that is built when none is named.
FROM python:${PYTHON}-slim AS slim
# Official images leave out the bytecode of the standard library.
RUN python3 -c 'import compileall, sysconfig; compileall.compile_dir(sysconfig.get_path("stdlib"), quiet=2, workers=0)' \
    && groupadd --gid 10001 sidecar \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir / --shell /usr/sbin/nologin sidecar
COPY --from=build /opt/sidecar /opt/sidecar
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="sidecar" \
      org.opencontainers.image.description="A reverse proxy that stands in front of one application." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV LANG=C.UTF-8 PATH=/opt/sidecar/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    SIDECAR_HEALTH=0.0.0.0:9901
USER 10001:10001
EXPOSE 8080 9901
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=10s CMD ["/opt/sidecar/bin/sidecar", "healthcheck"]
ENTRYPOINT ["/opt/sidecar/bin/sidecar"]
CMD ["run"]
