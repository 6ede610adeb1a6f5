"""What the pages say, in the languages that the service knew first."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of the pages in one language; `{app}` stands for the app's name."""

    language: str
    sign_in: str
    email: str
    password: str
    sign_in_action: str
    wrong_password: str
    asks: str
    asks_all: str
    asks_folder: str
    signed_in_as: str
    other_account: str
    allow: str
    deny: str
    connected: str
    connected_why: str
    denied: str
    denied_why: str
    code: str
    code_why: str
    unknown: str
    unknown_why: str
    bad_request: str
    nothing: str
    nothing_why: str
    download: str
    defaults_hint: str


_ENGLISH = Texts(
    language="en",
    sign_in="Sign in to connect {app}",
    email="Account",
    password="Password",
    sign_in_action="Sign in",
    wrong_password="That password isn't right. Please try again.",
    asks="{app} would like to connect with your Dropbox",
    asks_all="It will be able to read and change all files and folders in your Dropbox.",
    asks_folder="It will get a folder of its own, Apps/{app}, and see nothing else.",
    signed_in_as="Signed in as {email}",
    other_account="Use another account",
    allow="Allow",
    deny="Deny",
    connected="{app} is connected to your Dropbox",
    connected_why="You can close this page and go back to the app.",
    denied="{app} was not connected",
    denied_why="Nothing was shared. You can close this page.",
    code="Your code for {app}",
    code_why="Enter this code into the app to finish connecting it.",
    unknown="This link has expired",
    unknown_why="The app's request is unknown, was used already, or is too old."
    " Go back to the app and connect it again.",
    bad_request="The app's request can't be used",
    nothing="Nothing here",
    nothing_why="The link doesn't exist, or what it showed is gone.",
    download="Download",
    defaults_hint="This is an emulator. Its ready-made accounts have the password “fakebox”.",
)
_GERMAN = Texts(
    language="de",
    sign_in="Melden Sie sich an, um {app} zu verbinden",
    email="Konto",
    password="Passwort",
    sign_in_action="Anmelden",
    wrong_password="Das Passwort stimmt nicht. Bitte versuchen Sie es noch einmal.",
    asks="{app} möchte sich mit Ihrer Dropbox verbinden",
    asks_all="Die App kann dann alle Dateien und Ordner in Ihrer Dropbox lesen und ändern.",
    asks_folder="Die App erhält einen eigenen Ordner, Apps/{app}, und sieht sonst nichts.",
    signed_in_as="Angemeldet als {email}",
    other_account="Anderes Konto verwenden",
    allow="Zulassen",
    deny="Ablehnen",
    connected="{app} ist mit Ihrer Dropbox verbunden",
    connected_why="Sie können diese Seite schließen und zur App zurückkehren.",
    denied="{app} wurde nicht verbunden",
    denied_why="Es wurde nichts freigegeben. Sie können diese Seite schließen.",
    code="Ihr Code für {app}",
    code_why="Geben Sie diesen Code in der App ein, um die Verbindung abzuschließen.",
    unknown="Dieser Link ist abgelaufen",
    unknown_why="Die Anfrage der App ist unbekannt, verbraucht oder zu alt."
    " Kehren Sie zur App zurück und verbinden Sie sie neu.",
    bad_request="Die Anfrage der App ist nicht brauchbar",
    nothing="Hier ist nichts",
    nothing_why="Den Link gibt es nicht, oder sein Ziel ist nicht mehr da.",
    download="Herunterladen",
    defaults_hint="Dies ist ein Emulator. Seine fertigen Konten haben das Passwort „fakebox“.",
)
_SPANISH = Texts(
    language="es",
    sign_in="Inicia sesión para conectar {app}",
    email="Cuenta",
    password="Contraseña",
    sign_in_action="Iniciar sesión",
    wrong_password="La contraseña no es correcta. Inténtalo de nuevo.",
    asks="{app} quiere conectarse con tu Dropbox",
    asks_all="Podrá leer y cambiar todos los archivos y carpetas de tu Dropbox.",
    asks_folder="Tendrá una carpeta propia, Apps/{app}, y no verá nada más.",
    signed_in_as="Sesión iniciada como {email}",
    other_account="Usar otra cuenta",
    allow="Permitir",
    deny="Denegar",
    connected="{app} está conectada a tu Dropbox",
    connected_why="Puedes cerrar esta página y volver a la aplicación.",
    denied="{app} no se ha conectado",
    denied_why="No se ha compartido nada. Puedes cerrar esta página.",
    code="Tu código para {app}",
    code_why="Introduce este código en la aplicación para terminar de conectarla.",
    unknown="Este enlace ha caducado",
    unknown_why="La solicitud de la aplicación es desconocida, ya se usó o es demasiado antigua."
    " Vuelve a la aplicación y conéctala de nuevo.",
    bad_request="La solicitud de la aplicación no se puede usar",
    nothing="Aquí no hay nada",
    nothing_why="El enlace no existe o lo que mostraba ya no está.",
    download="Descargar",
    defaults_hint="Esto es un emulador. Sus cuentas de serie tienen la contraseña «fakebox».",
)
_FRENCH = Texts(
    language="fr",
    sign_in="Connectez-vous pour associer {app}",
    email="Compte",
    password="Mot de passe",
    sign_in_action="Se connecter",
    wrong_password="Ce mot de passe n'est pas le bon. Veuillez réessayer.",
    asks="{app} souhaite se connecter à votre Dropbox",
    asks_all="L'application pourra lire et modifier tous les fichiers de votre Dropbox.",
    asks_folder="L'application aura son propre dossier, Apps/{app}, et ne verra rien d'autre.",
    signed_in_as="Connecté en tant que {email}",
    other_account="Utiliser un autre compte",
    allow="Autoriser",
    deny="Refuser",
    connected="{app} est connectée à votre Dropbox",
    connected_why="Vous pouvez fermer cette page et revenir à l'application.",
    denied="{app} n'a pas été connectée",
    denied_why="Rien n'a été partagé. Vous pouvez fermer cette page.",
    code="Votre code pour {app}",
    code_why="Saisissez ce code dans l'application pour terminer la connexion.",
    unknown="Ce lien a expiré",
    unknown_why="La demande de l'application est inconnue, déjà utilisée ou trop ancienne."
    " Revenez à l'application et recommencez.",
    bad_request="La demande de l'application est inutilisable",
    nothing="Rien ici",
    nothing_why="Le lien n'existe pas, ou ce qu'il montrait a disparu.",
    download="Télécharger",
    defaults_hint="Ceci est un émulateur. Ses comptes fournis ont le mot de passe « fakebox ».",
)
_JAPANESE = Texts(
    language="ja",
    sign_in="{app} を接続するにはログインしてください",
    email="アカウント",
    password="パスワード",
    sign_in_action="ログイン",
    wrong_password="パスワードが正しくありません。もう一度お試しください。",
    asks="{app} が Dropbox への接続を求めています",
    asks_all="Dropbox のすべてのファイルとフォルダの読み取りと変更ができるようになります。",
    asks_folder="専用フォルダ「Apps/{app}」だけにアクセスします。",
    signed_in_as="{email} としてログイン中",
    other_account="別のアカウントを使う",
    allow="許可",
    deny="拒否",
    connected="{app} が Dropbox に接続されました",
    connected_why="このページを閉じてアプリに戻ってください。",
    denied="{app} は接続されませんでした",
    denied_why="何も共有されていません。このページを閉じてください。",
    code="{app} のコード",
    code_why="このコードをアプリに入力すると接続が完了します。",
    unknown="このリンクは期限切れです",
    unknown_why="アプリの要求が不明か、使用済みか、古すぎます。アプリからもう一度接続してください。",
    bad_request="アプリの要求は使用できません",
    nothing="何もありません",
    nothing_why="リンクが存在しないか、対象がなくなっています。",
    download="ダウンロード",
    defaults_hint="これはエミュレーターです。既定のアカウントのパスワードは「fakebox」です。",
)
_ALL = {text.language: text for text in (_ENGLISH, _GERMAN, _SPANISH, _FRENCH, _JAPANESE)}


def texts_for(locale: str | None) -> Texts:
    """The words for a locale such as `de` or `pt_BR`; English where there are no others."""
    language = (locale or "").replace("-", "_").partition("_")[0].lower()
    return _ALL.get(language, _ENGLISH)
