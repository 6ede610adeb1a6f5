import com.dropbox.core.DbxRequestConfig;
import com.dropbox.core.http.OkHttp3Requestor;
import com.dropbox.core.http.StandardHttpRequestor;
import com.dropbox.core.v2.DbxClientV2;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;

/** Uploads and downloads a file, with the requestor that the argument names. */
public class WithProxy {
    public static void main(String[] arguments) throws Exception {
        DbxRequestConfig.Builder config = DbxRequestConfig.newBuilder("example");
        if (arguments[0].equals("okhttp")) {
            // OkHttp reads the proxy of the system properties.
            config.withHttpRequestor(new OkHttp3Requestor(OkHttp3Requestor.defaultOkHttpClient()));
        } else {
            // The default requestor has a proxy only if it is given one.
            int port = Integer.getInteger("https.proxyPort");
            Proxy proxy = new Proxy(
                Proxy.Type.HTTP, new InetSocketAddress(System.getProperty("https.proxyHost"), port));
            config.withHttpRequestor(new StandardHttpRequestor(
                StandardHttpRequestor.Config.builder().withProxy(proxy).build()));
        }
        DbxClientV2 client = new DbxClientV2(config.build(), "fakebox-bearer-token");
        client.files().upload("/java.txt").uploadAndFinish(
            new ByteArrayInputStream("hello".getBytes("UTF-8")));
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        client.files().download("/java.txt").download(content);
        System.out.println(content.toString("UTF-8"));
    }
}
