module example.invalid/client

go 1.26.8

require github.com/dropbox/dropbox-sdk-go-unofficial/v6 v6.6.4

require golang.org/x/oauth2 v0.38.0 // indirect
