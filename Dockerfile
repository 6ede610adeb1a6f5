# An emulator in a container: docker build -t fakebox . && docker run -p 8710:8710 \
#   -e FAKEBOX_ADMIN_TOKEN=choose-one fakebox
FROM python:3.13-slim AS build
COPY . /source
RUN pip wheel --no-cache-dir --wheel-dir /wheels /source

FROM python:3.13-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-compile --no-index --find-links /wheels fakebox \
    && useradd --uid 8710 --no-create-home fakebox \
    && install --directory --owner fakebox /data
USER fakebox
WORKDIR /data
EXPOSE 8710
HEALTHCHECK --interval=2s --timeout=2s --start-period=5s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8710/_fakebox/health', timeout=1)"]
ENTRYPOINT ["fakebox"]
CMD ["serve", "--host", "0.0.0.0"]
