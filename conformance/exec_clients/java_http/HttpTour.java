import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;

/** Uploads and downloads a file with java.net.http, and prints the protocol of each response. */
public class HttpTour {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static HttpResponse<byte[]> post(String route, String argument, byte[] body)
            throws Exception {
        HttpRequest request = HttpRequest.newBuilder()
            .uri(URI.create("https://content.dropboxapi.com/2/files/" + route))
            .header("Authorization", "Bearer fakebox-bearer-token")
            .header("Content-Type", "application/octet-stream")
            .header("Dropbox-API-Arg", argument)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
        return CLIENT.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    public static void main(String[] arguments) throws Exception {
        byte[] sent = new byte[3_000_000];
        Arrays.fill(sent, (byte) 'x');
        HttpResponse<byte[]> response = post("upload", "{\"path\": \"/java.bin\"}", sent);
        System.out.println(response.version() + " " + response.statusCode());
        response = post("download", "{\"path\": \"/java.bin\"}", new byte[0]);
        System.out.println(response.version() + " " + response.statusCode() + " "
            + Arrays.equals(sent, response.body()));
        response = post("upload", "not JSON", sent);
        System.out.println(response.version() + " " + response.statusCode());
    }
}
