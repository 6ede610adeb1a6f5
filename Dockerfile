# An emulator in a container: docker build -t fakebox . && docker run -p 8710:8710 \
#   -e FAKEBOX_ADMIN_TOKEN=choose-one fakebox
# Each option of `fakebox serve` is a variable, such as FAKEBOX_TLS=true.
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
ENV FAKEBOX_HOST=0.0.0.0
EXPOSE 8710
HEALTHCHECK --interval=2s --timeout=5s --start-period=10s CMD ["fakebox", "health"]
ENTRYPOINT ["fakebox"]
CMD ["serve"]
