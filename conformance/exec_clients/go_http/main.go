// Uploads and downloads a file with net/http of Go, and prints the protocol of each response.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

func post(url string, argument string, body []byte) (string, []byte) {
	request, err := http.NewRequest("POST", url, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Authorization", "Bearer fakebox-bearer-token")
	request.Header.Set("Content-Type", "application/octet-stream")
	request.Header.Set("Dropbox-API-Arg", argument)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		panic(err)
	}
	return fmt.Sprint(response.Proto, " ", response.StatusCode), content
}

func main() {
	sent := bytes.Repeat([]byte("0123456789"), 300_000)
	status, _ := post("https://content.dropboxapi.com/2/files/upload", `{"path": "/go.bin"}`, sent)
	fmt.Println(status)
	status, received := post("https://content.dropboxapi.com/2/files/download", `{"path": "/go.bin"}`, nil)
	fmt.Println(status, bytes.Equal(sent, received))
	status, _ = post("https://content.dropboxapi.com/2/files/upload", "not JSON", sent)
	fmt.Println(status)
}
