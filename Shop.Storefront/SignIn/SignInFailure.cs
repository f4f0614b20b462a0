namespace Shop.Storefront.SignIn;

/// <summary>Why a sign-in has failed.</summary>
internal enum SignInFailure
{
    /// <summary>The provider is unavailable, slow, or returned an error.</summary>
    Unavailable,

    /// <summary>The visitor declined.</summary>
    Denied,

    /// <summary>The callback is forged, repeated or too late.</summary>
    Invalid,
}
