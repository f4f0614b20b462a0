using System.Collections.Frozen;

namespace Shop.Contracts;

/// <summary>The currencies that a price can have: the currencies of ISO 4217.</summary>
/// <remarks>
/// Source: <c>iso_4217.json</c> of Debian's package iso-codes 4.15.0, with these later changes: XCG replaced ANG, ZWG replaced ZWL, and
/// BGN, CUC, HRK and SLL were withdrawn. Codes that no price is in are left out: funds (BOV, CHE, CHW, CLF, COU, MXV, USN, UYI), units of
/// account (UYW, XBA, XBB, XBC, XBD, XDR, XSU, XUA), precious metals (XAG, XAU, XPD, XPT), and XTS and XXX.
/// </remarks>
public static class CurrencyCodes
{
    private static readonly FrozenSet<string> _codes =
        """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP
        CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR
        IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU
        MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG
        SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV
        WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
        """.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Gets all codes.</summary>
    public static IReadOnlyCollection<string> All => _codes;

    /// <summary>Whether a text is the code of a currency, in upper case.</summary>
    public static bool Contains(string? code) => code is not null && _codes.Contains(code);
}
