# Builds what uv.lock names and nothing else; runs as nobody in particular, writes to /data alone.
FROM python:3.11-slim-bookworm AS base

FROM base AS build
RUN pip install --no-cache-dir uv==0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1
WORKDIR /srv/doseguard
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project
COPY README.md LICENSE NOTICE ./
COPY migrations ./migrations
COPY app ./app
RUN uv sync --frozen --no-dev --no-editable

FROM base
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Doseguard" \
    org.opencontainers.image.description="Dose-limiting toxicity verdicts for early-phase trials" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.revision="$REVISION"
COPY --from=build /srv/doseguard/.venv /srv/doseguard/.venv
ENV PATH=/srv/doseguard/.venv/bin:$PATH PYTHONUNBUFFERED=1
# Fails where the service cannot be put together, and leaves Python's own modules compiled: a
# read-only container could not keep what it compiles.
RUN doseguard openapi > /dev/null \
    && python -c "import urllib.request" \
    && install -d -m 0700 -o 10001 -g 10001 /data
ENV DOSEGUARD_DATA_DIR=/data PYTHONDONTWRITEBYTECODE=1
VOLUME ["/data"]
WORKDIR /data
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-I", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["doseguard", "serve", "--host", "0.0.0.0", "--port", "8000"]
