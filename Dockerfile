FROM python:3.11-slim AS build
RUN pip install --no-cache-dir 'uv>=0.13'
WORKDIR /srv/doseguard
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project --compile-bytecode
COPY README.md LICENSE NOTICE ./
COPY app ./app
RUN uv sync --frozen --no-dev --no-editable --compile-bytecode

FROM python:3.11-slim
RUN useradd --system --no-create-home --shell /usr/sbin/nologin doseguard
COPY --from=build /srv/doseguard/.venv /srv/doseguard/.venv
ENV PATH=/srv/doseguard/.venv/bin:$PATH PYTHONUNBUFFERED=1
USER doseguard
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["doseguard", "serve", "--host", "0.0.0.0", "--port", "8000"]
