package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/dropbox/dropbox-sdk-go-unofficial/v6/dropbox"
	"github.com/dropbox/dropbox-sdk-go-unofficial/v6/dropbox/files"
)

func main() {
	client := files.New(dropbox.Config{Token: "fakebox-bearer-token"})
	if _, err := client.Upload(files.NewUploadArg("/go.txt"), strings.NewReader("hello")); err != nil {
		panic(err)
	}
	_, content, err := client.Download(files.NewDownloadArg("/go.txt"))
	if err != nil {
		panic(err)
	}
	text, _ := io.ReadAll(content)
	fmt.Println(string(text))
}
