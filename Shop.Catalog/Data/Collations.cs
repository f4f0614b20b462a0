namespace Shop.Catalog.Data;

/// <summary>PostgreSQL collations of text columns.</summary>
internal static class Collations
{
    /// <summary>Byte order. The database, cursors and the order of row locks compare SKUs in the same way.</summary>
    public const string Ordinal = "C";

    /// <summary>
    /// Unicode collation of names. It is the same on every machine, whereas the collations of the operating system differ between a
    /// container and a developer machine.
    /// </summary>
    public const string Unicode = "und-x-icu";
}
