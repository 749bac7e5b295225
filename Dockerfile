# syntax=docker/dockerfile:1

# The Python that the tests run on. tools/build-image pins it by its digest: BASE=python:3.11-slim-bookworm@sha256:…
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# What seldom changes comes first: these layers are built once.
COPY requirements/build.txt requirements/run.txt requirements/
RUN python -m venv /opt/build \
    && /opt/build/bin/python -m pip install --require-hashes --only-binary :all: -r requirements/build.txt
RUN python -m venv --without-pip /opt/daybook \
    && /opt/build/bin/python -m pip --python /opt/daybook/bin/python install \
        --require-hashes --only-binary :all: -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY cogs cogs
COPY seeds seeds
RUN /opt/build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/build/bin/python -m pip --python /opt/daybook/bin/python install --no-deps --no-index dist/*.whl

FROM ${BASE}
LABEL org.opencontainers.image.title="Daybook" \
    org.opencontainers.image.version="0.1.0" \
    org.opencontainers.image.licenses="MIT"
# Charts write Chinese with it. The version is that of Debian 12 (bookworm).
ARG FONT=fonts-noto-cjk=1:20220127+repack1-1
RUN apt-get update \
    && apt-get install --yes --no-install-recommends "${FONT}" \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 daybook \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin daybook \
    && install --directory --owner=10001 --group=10001 /data
COPY --from=build /opt/daybook /opt/daybook
# SQLite sorts large imports in files: in the volume, where there is room, not in a /tmp of memory.
ENV PATH=/opt/daybook/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DAYBOOK_DATA=/data \
    SQLITE_TMPDIR=/data
USER 10001:10001
VOLUME /data
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["daybook", "health"]
ENTRYPOINT ["daybook"]
CMD ["run"]
