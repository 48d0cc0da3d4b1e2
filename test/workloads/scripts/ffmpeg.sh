#!/usr/bin/env bash
# FFmpeg: encode a video on a volume, convert through stdin and stdout
# packages: ffmpeg
. "$LIB"

docker run --rm --name encode -v "$PWD:/work" -w /work "$IMAGE" ffmpeg -v error -f lavfi -i testsrc=size=64x64:rate=10 \
  -f lavfi -i sine -frames:v 10 -shortest -c:v libx264 -pix_fmt yuv420p -c:a aac video.mkv
docker run -i --name convert "$IMAGE" ffmpeg -v error -i - -f gif - <video.mkv >video.gif
same 'GIF89a' "$(head -c 6 video.gif)"
docker run -d --name probe -v "$PWD:/work:ro" -w /work "$IMAGE" sleep infinity >/dev/null
probe() {
  docker exec probe ffprobe -v error -count_frames -select_streams v -of csv=p=0 \
    -show_entries stream=codec_name,width,height,nb_read_frames "$1"
}
same h264,64,64,10 "$(probe video.mkv)"
same gif,64,64,10 "$(probe video.gif)"
measure probe
